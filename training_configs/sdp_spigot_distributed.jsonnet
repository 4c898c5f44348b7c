// sdp_spigot in two processes, on the CPU. On two GPUs: -o '{"distributed.cuda_devices": [0, 1]}'
//
// With corpora in alternation (sdp_spigot_two_corpora, sst_*), or a frozen parser (sdp_frozen), a batch trains some of the
// parameters only, and torch wants to know:
// -o '{"distributed": {"cuda_devices": [0, 1], "ddp_accelerator": {"type": "torch", "find_unused_parameters": true}}}'
local spigot = import 'sdp_spigot.jsonnet';

spigot { distributed: { cuda_devices: [-1, -1] } }
