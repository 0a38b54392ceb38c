"""Byte-level byte-pair encoding with CLIP's conventions: learning merges, and a tokenizer over them."""
import collections
import re

HEADER = "#version: 0.2"
# ASCII's part of CLIP's pattern: what the captions consist of.
WORD = re.compile(r"'s|'t|'re|'ve|'m|'ll|'d|[a-z]+|[0-9]|[^\sa-z0-9]+")


def byte_symbols():
    """The character that stands for each byte: itself when it prints, otherwise one from U+0100 on; printed ones first."""
    printed = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in printed]
    return {byte: chr(byte) for byte in printed} | {byte: chr(256 + index) for index, byte in enumerate(others)}


SYMBOLS = byte_symbols()


def symbols_of(word):
    """The symbols of a word's bytes, the last one marked as the end of a word."""
    symbols = [SYMBOLS[byte] for byte in word.encode()]
    return symbols[:-1] + [symbols[-1] + "</w>"]


def merge(symbols, pair):
    """The symbols with every occurrence of the pair joined, from the left."""
    joined, index = [], 0
    while index < len(symbols):
        if tuple(symbols[index : index + 2]) == pair:
            joined.append(symbols[index] + symbols[index + 1])
            index += 2
        else:
            joined.append(symbols[index])
            index += 1
    return joined


def learn(frequencies, count):
    """Up to `count` merges: each time the most frequent pair of neighbours, as long as it occurs twice."""
    words = {word: symbols_of(word) for word in frequencies}
    merges = []
    while len(merges) < count:
        pairs = collections.Counter()
        for word, symbols in words.items():
            for pair in zip(symbols, symbols[1:]):
                pairs[pair] += frequencies[word]
        if not pairs:
            break
        pair, frequency = pairs.most_common(1)[0]
        if frequency < 2:
            break
        merges.append(pair)
        for word, symbols in words.items():
            if pair[0] in symbols:
                words[word] = merge(symbols, pair)
    return merges


def save(merges, path):
    with open(path, "w", encoding="utf-8") as file:
        file.write(HEADER + "\n" + "".join(f"{left} {right}\n" for left, right in merges))


def load(path):
    with open(path, encoding="utf-8") as file:
        return [tuple(line.split()) for line in file.read().split("\n")[1:] if line]


class Tokenizer:
    """Ids as CLIP gives them: bytes, last bytes of words, merges, start, end; zeros after the end."""

    def __init__(self, merges, context):
        bytes_ = list(SYMBOLS.values())
        tokens = bytes_ + [symbol + "</w>" for symbol in bytes_] + [left + right for left, right in merges]
        self.ids = {token: index for index, token in enumerate(tokens)}
        self.ranks = {pair: rank for rank, pair in enumerate(merges)}
        self.start, self.end = len(tokens), len(tokens) + 1
        self.size = len(tokens) + 2
        self.context = context
        self.cache = {}

    def word(self, word):
        if word not in self.cache:
            symbols = symbols_of(word)
            while len(symbols) > 1:
                pair = min(zip(symbols, symbols[1:]), key=lambda pair: self.ranks.get(pair, float("inf")))
                if pair not in self.ranks:
                    break
                symbols = merge(symbols, pair)
            self.cache[word] = [self.ids[symbol] for symbol in symbols]
        return self.cache[word]

    def __call__(self, text):
        tokens = [token for word in WORD.findall(text.lower()) for token in self.word(word)]
        ids = [self.start, *tokens[: self.context - 2], self.end]
        return ids + [0] * (self.context - len(ids))
