// From tokens to vectors: indexers for the reader, and a sentence encoder for a parser.
{
  // What can be read of a word beside itself and its tag: its form, which every word has. Each is there if `sizes` says how
  // large its vector is.
  local form_features = ['prefix', 'suffix', 'shape'],
  local form_features_of(sizes) = [name for name in form_features if std.objectHas(sizes, name)],
  local has_characters(sizes) = std.objectHas(sizes, 'characters'),
  // The keys of `sizes` that need not be there.
  optional_sizes:: form_features + ['characters'],
  local reads_forms(sizes) = has_characters(sizes) || form_features_of(sizes) != [],

  // A missing tag is an unknown tag.
  token_indexers(sizes):: {
    words: {
      type: 'single_id',
      namespace: 'words',
      lowercase_tokens: true,
      // With plain quotes, as all that is read of the form.
      [if reads_forms(sizes) then 'feature_name']: 'norm_',
    },
    pos: { type: 'single_id', namespace: 'pos', feature_name: 'tag_', default_value: '@@UNKNOWN@@' },
  } + {
    // The shape tells capitals.
    [name]: { type: 'single_id', namespace: name, feature_name: name + '_', lowercase_tokens: name != 'shape' }
    for name in form_features_of(sizes)
  } + {
    [if has_characters(sizes) then 'characters']: { type: 'word_characters', namespace: 'characters' },
  },

  output_dim(sizes):: 2 * sizes.hidden,

  // `drops_tags`: whether word dropout takes a word's tag along.
  sentence_encoder(sizes, drops_tags=false):: {
    local embedding(name) = { type: 'normal_embedding', embedding_dim: sizes[name], vocab_namespace: name },
    local names = ['words', 'pos'] + form_features_of(sizes) + (if has_characters(sizes) then ['characters'] else []),

    text_field_embedder: {
      token_embedders: {
        [name]: embedding(name)
        for name in ['words', 'pos'] + form_features_of(sizes)
      } + {
        [if has_characters(sizes) then 'characters']: {
          type: 'word_characters',
          vocab_namespace: 'characters',
          embedding_dim: 25,
          num_filters: sizes.characters,
        },
      },
    },
    encoder: {
      type: 'fused_lstm',
      input_size: std.foldl(function(sum, name) sum + sizes[name], names, 0),
      hidden_size: sizes.hidden,
      num_layers: sizes.layers,
      dropout: sizes.dropout,
    },
    dropout: sizes.dropout,
    word_dropout: {
      alpha: 0.25,
      // A dropped word keeps what is read of its form: so does a word that training has not seen, for which this is practice.
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
