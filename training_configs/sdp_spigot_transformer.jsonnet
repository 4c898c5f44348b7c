// As sdp_spigot, with a pretrained transformer in each of the two parsers, which is fine-tuned with it.
//
// The model is named once, here: by its name on Hugging Face, or by the path of its folder. With -o it is three keys:
// dataset_reader.token_indexers.transformer.model_name, and sentence_encoder.text_field_embedder.token_embedders.transformer
// .model_name of model.intermediate and of model.downstream. On a GPU, mixed precision is {"trainer.use_amp": true,
// "trainer.cuda_device": 0}.
local sdp = import 'lib/sdp.libsonnet';

sdp.pipeline(estimator={ type: 'spigot' }) + sdp.transformer('bert-base-cased')
