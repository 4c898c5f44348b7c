// From tokens to vectors: indexers for the reader, and a sentence encoder for a parser.
{
  // A missing tag is an unknown tag.
  token_indexers:: {
    words: { type: 'single_id', namespace: 'words', lowercase_tokens: true },
    pos: { type: 'single_id', namespace: 'pos', feature_name: 'tag_', default_value: '@@UNKNOWN@@' },
  },

  output_dim(sizes):: 2 * sizes.hidden,

  // `drops_tags`: whether word dropout takes a word's tag along.
  sentence_encoder(sizes, drops_tags=false):: {
    text_field_embedder: {
      token_embedders: {
        words: { type: 'normal_embedding', embedding_dim: sizes.words, vocab_namespace: 'words' },
        pos: { type: 'normal_embedding', embedding_dim: sizes.pos, vocab_namespace: 'pos' },
      },
    },
    encoder: {
      type: 'fused_lstm',
      input_size: sizes.words + sizes.pos,
      hidden_size: sizes.hidden,
      num_layers: sizes.layers,
      dropout: sizes.dropout,
    },
    dropout: sizes.dropout,
    word_dropout: {
      alpha: 0.25,
      together_with: if drops_tags then ['pos'] else [],
      // Some sentences lose all their tags, so that the model can be used on text without any.
      missing: { pos: 0.1 },
    },
  },

  // The same with a transformer as the only input, by its name on Hugging Face or the path of its folder. The indexer
  // and the embedder are configured alike.
  transformer(model_name):: {
    transformer: { type: 'pretrained_transformer_mismatched', model_name: model_name, max_length: 512 },
  },

  transformer_encoder(model_name, sizes):: {
    text_field_embedder: { token_embedders: $.transformer(model_name) },
    dropout: sizes.dropout,
  },
}
