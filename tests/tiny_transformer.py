"""A transformer that is made on the spot, since tests download nothing."""

import pytest
import torch
import transformers

MAJOR, MINOR = map(int, transformers.__version__.split(".")[:2])

#: AllenNLP's `pretrained_transformer_mismatched` cannot tokenize with later versions.
needs_transformers = pytest.mark.skipif(
    (MAJOR, MINOR) >= (4, 45), reason="AllenNLP does not work with these transformers"
)


def save_tiny_transformer(folder):
    """Saves a BERT with single letters and some suffixes as its word pieces; returns its folder."""
    letters = [chr(code) for code in range(ord("a"), ord("z") + 1)]
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "@", "root", ".", *letters]
    pieces += [f"##{letter}" for letter in letters]
    folder.mkdir(exist_ok=True)
    vocabulary = folder / "vocab.txt"
    vocabulary.write_text("\n".join(pieces) + "\n", encoding="utf-8")
    transformers.BertTokenizerFast(str(vocabulary), do_lower_case=True).save_pretrained(folder)
    config = transformers.BertConfig(
        vocab_size=len(pieces),
        hidden_size=8,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=16,
        max_position_embeddings=512,
    )
    torch.manual_seed(0)
    transformers.BertModel(config).save_pretrained(folder)
    return folder
