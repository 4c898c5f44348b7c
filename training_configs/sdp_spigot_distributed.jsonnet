// sdp_spigot in two processes, on the CPU. On two GPUs: -o '{"distributed.cuda_devices": [0, 1]}'
local spigot = import 'sdp_spigot.jsonnet';

spigot { distributed: { cuda_devices: [-1, -1] } }
