"""First inputs of the fuzz targets, out of the fixtures of the repository."""
import gzip
import io
import json
import pathlib
import tarfile
import zipfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
TESTS = ROOT / "Tests"
CHECKPOINTS = TESTS / "CheckpointsTests/Fixtures"
IMAGES = TESTS / "ImagingTests/Fixtures"
FRAMES = TESTS / "CaptureTests/Fixtures"
VOCABULARY = TESTS / "CLIPModelTests/Fixtures/vocabulary"

CONFIGURATIONS = [
    {"model_type": "clip", "projection_dim": 32,
     "vision_config": {"hidden_size": 64, "num_hidden_layers": 2, "intermediate_size": 256, "num_attention_heads": 1,
                       "image_size": 32, "patch_size": 8, "hidden_act": "quick_gelu", "layer_norm_eps": 1e-5},
     "text_config": {"hidden_size": 64, "num_hidden_layers": 2, "intermediate_size": 256, "num_attention_heads": 1,
                     "vocab_size": 514, "max_position_embeddings": 16, "eos_token_id": 513, "hidden_act": "gelu"}},
    {"model_cfg": {"embed_dim": 32, "quick_gelu": True,
                   "vision_cfg": {"image_size": 32, "layers": 2, "width": 64, "patch_size": 8, "head_width": 64, "mlp_ratio": 4.0},
                   "text_cfg": {"context_length": 16, "vocab_size": 514, "width": 64, "heads": 1, "layers": 2}},
     "preprocess_cfg": {"size": 32, "mode": "RGB", "mean": [0.5, 0.5, 0.5], "std": [0.2, 0.2, 0.2],
                        "interpolation": "bicubic", "resize_mode": "shortest", "fill_color": 0}},
    {"crop_size": {"height": 32, "width": 32}, "do_center_crop": True, "do_normalize": True, "do_resize": True,
     "image_mean": [0.5, 0.5, 0.5], "image_std": [0.2, 0.2, 0.2], "resample": 3, "rescale_factor": 0.00392156862745098,
     "size": {"shortest_edge": 32}, "image_processor_type": "CLIPImageProcessor"},
    {"tokenizer_class": "CLIPTokenizer", "do_lower_case": True, "bos_token": "<|startoftext|>",
     "eos_token": {"content": "<|endoftext|>", "lstrip": False}, "model_max_length": 77, "truncation_side": "right"},
]
REQUESTS = [
    "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "GET /events?source=%2Fdev%2Fvideo0 HTTP/1.1\r\nHost: localhost\r\nLast-Event-ID: 3\r\n\r\n",
    "GET /frame.jpg?source=0&wait=1 HTTP/1.1\r\nHost: 127.0.0.1:80\r\nIf-None-Match: \"1\"\r\n\r\n",
    "HEAD /metrics HTTP/1.1\r\nHost: [::1]\r\nConnection: close\r\n\r\nGET /history?count=3 HTTP/1.0\r\n\r\n",
    "GET /history/picture?id=1 HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer x\r\n\r\n",
    "POST /classify HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/jpeg\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\nabcd",
    "POST /classify HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/png\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\n0\r\n\r\n",
    "GET /v2/health/ready HTTP/1.1\r\nHost: localhost\r\nOrigin: http://localhost\r\nSec-Fetch-Site: none\r\n\r\n",
    "GET /saved?before=2026 HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n\r\nGET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n",
]
LESSONS = [
    '/teach/labels/add\n{"label": "mug"}', '/teach/labels/rename\n{"label": "mug", "to": "cup"}',
    '/teach/collect\n{"label": "a", "count": 3, "camera": "/dev/video0"}', '/teach/photos?label=cup\n',
    '/teach/photo?label=a%20b&name=1.jpg\n', '/teach/photos/delete\n{"label": "a", "names": ["1.jpg", "2.jpg"]}',
    '/teach/sort\n{"label": "a", "ids": [1, 2], "saved": ["2026-01-02T03-04-05.678Z_a_1"]}',
    '/teach/correct\n{"label": "a", "id": 18446744073709551615}', '/teach/undo\n{}', '/teach\n', '/teach/names\n',
]
NAMES = [
    "mqtts://user:pass@host:8883/topic", "[::1]:8080", "localhost:8080", "rtsp://a:b@cam/1?x=1#y", "http://1.2.3.4/v.mjpg",
    "cam.example.org.:8443", "-", "2026-01-02T03-04-05.678Z_a-b_1-2", "2026-01-02T03:04:05.678Z", "1920x1080", "MJPG",
    "0.1,0.2,0.5x0.5", "a/b+c#", "red mug", "exec:cat x", "/dev/video0", "v.m3u8", "0.25,0.25,0.5,0.5",
]
YAML = [
    "# cameras\nmodel: a.mmrl\nserve: ':8080'\nlabels: [red mug, \"b\"]\ncameras:\n  - name: door\n    camera: /dev/video0\n    size: 640x480\n",
    "a: |\n  text\n  more\nb: >-\n  folded\nc: {d: 1, e: [~, true]}\n", "a: &x 1\nb: *x\n", "---\na: !!str 1\n...\n---\nb: 2\n",
    "'a\\n': \"\\u00e9\\x41\"\n? k\n: v\n",
]
TEXTS = ["a photo of a cup.", "caf&eacute; &amp;amp; &#x1F600;&#0; &lt", "Ã©Ã¤ â€œquoteâ€\x9d", "don't 12x3 ＦＵＬＬ ﬁ \u0301e\u0301",
         "<|startoftext|> <|endoftext|>", "漢字 かな 한글 \U0001f468\u200d\U0001f469"]
SAVED = [
    {"source": "door", "sequence": 3, "time": "2026-01-02T03:04:05.678Z", "kept": ["change"],
     "answer": {"label": "cup", "score": 0.5, "set": "known", "head": "fusion"},
     "labels": [{"label": "cup", "score": 0.5, "set": "known", "head": "fusion", "logit": 2.5, "class_logit": 1}]},
    {"source": "a", "sequence": 0, "time": "2026-01-02T03:04:05Z", "kept": ["unknown"], "answer": None, "unknown": True,
     "unknown_score": 0.9},
]
EXIF = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0"
XMP = b'<x:xmpmeta><rdf:Description tiff:Orientation="6"/><tiff:Orientation>3</tiff:Orientation></x:xmpmeta>'


def texts(items):
    return [item if isinstance(item, bytes) else item.encode() if isinstance(item, str) else json.dumps(item).encode() for item in items]


def files(*paths, largest=1 << 16):
    return [path.read_bytes() for path in sorted(paths) if path.stat().st_size <= largest]


def timed(jpegs):
    """SMJPEG."""
    blocks = b"".join(b"vidD" + (40 * index).to_bytes(4, "big") + len(jpeg).to_bytes(4, "big") + jpeg
                      for index, jpeg in enumerate(jpegs))
    return b"\0\nSMJPEG" + bytes(8) + b"_VID" + (12).to_bytes(4, "big") + bytes(12) + b"HEND" + blocks + b"DONE"


def multipart(jpegs):
    return b"".join(b"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n%s\r\n" % (len(jpeg), jpeg) for jpeg in jpegs)


def script(path):
    """A torch zip as TorchScript: what tells it is a file of constants."""
    made = io.BytesIO(path.read_bytes())
    with zipfile.ZipFile(made, "a") as archive:
        archive.writestr(f"{archive.namelist()[0].split('/')[0]}/constants.pkl", b"\x80\x02)." )
    return made.getvalue()


def archives():
    """Tar archives of each format, with long names, a link and a folder."""
    found = []
    for form in tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT:
        made = io.BytesIO()
        with tarfile.open(fileobj=made, mode="w", format=form) as archive:
            names = ["a.jpg", "d/" * 40 + "b.png"] + (["e/" * 200 + "c.png"] if form != tarfile.USTAR_FORMAT else [])
            for name in names:
                member = tarfile.TarInfo(name)
                member.size = 9
                archive.addfile(member, io.BytesIO(bytes(9)))
            for kind in tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE:
                member = tarfile.TarInfo("z")
                member.type, member.linkname = kind, "a.jpg"
                archive.addfile(member)
            end = archive.offset
        found.append(made.getvalue()[:end + 1024])
    return found


def safetensors():
    header = {"__metadata__": {"format": "pt"}, "a": {"dtype": "F32", "shape": [2, 1], "data_offsets": [0, 8]},
              "b.c": {"dtype": "BF16", "shape": [3], "data_offsets": [8, 14]}, "d": {"dtype": "I64", "shape": [], "data_offsets": [14, 22]}}
    text = json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + bytes(range(22))


def pickles():
    found = []
    for path in CHECKPOINTS.rglob("*"):
        if path.is_file() and zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                found += [archive.read(name) for name in archive.namelist() if name.endswith("data.pkl")]
    return [pickle for pickle in found if len(pickle) <= 1 << 14]


def seeds(target):
    """The first inputs of a target."""
    jpegs = files(*FRAMES.glob("*.jpg"), largest=1 << 13)
    small = files(*IMAGES.glob("jpeg/*.jpg"))
    checkpoints = [path for path in CHECKPOINTS.rglob("*") if path.is_file() and path.suffix not in (".md", ".json")]
    merges = (VOCABULARY / "merges.txt").read_bytes()
    match target:
        case "model": return files(*TESTS.glob("ModelFileTests/Fixtures/*.mmrl"))
        case "checkpoint":
            return files(*checkpoints, largest=1 << 15) + [script(CHECKPOINTS / "odd.pt"), safetensors()] + texts([
                "version https://git-lfs.github.com/spec/v1", "<html>", "../../../blobs/0"])
        case "index": return texts(['{"metadata": {"total_size": 8}, "weight_map": {"a": "w.safetensors", "b": "v.safetensors"}}'])
        case "pickle": return pickles()
        case "vocabulary": return files(*VOCABULARY.glob("*.*")) + [gzip.compress(merges, mtime=0)]
        case "configuration": return texts(CONFIGURATIONS) + files(*CHECKPOINTS.glob("*/*.json"), VOCABULARY / "tokenizer.json")
        case "labels": return texts(["# living\nzebra\nlion fish\n\n\tsea_horse \r\ncaf\u00e9\n"])
        case "texts": return texts(TEXTS)
        case "split": return texts(['{"train": [["a.jpg", 0, "a"]], "val": [["a.jpg", 0, "a"]], "test": [["b/a.jpg", 1, "b"]]}'])
        case "image": return small + files(*IMAGES.glob("png/*.png"))
        case "orientation": return [EXIF, XMP] + small + files(*IMAGES.glob("png/*.png"))
        case "stream":
            return ([bytes([0, 255]) + b"".join(jpegs[:2]), bytes([0, 9]) + multipart(small[:2]), bytes([1, 99]) + timed(small[:2]),
                     bytes([2, 3]) + bytes(range(64))] + [bytes([0, 40]) + item for item in small])
        case "part-header": return [b"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: 12\r\n\r\n"] + small
        case "http": return [bytes([size]) + request for size in (0, 255) for request in texts(REQUESTS)]
        case "teach": return texts(LESSONS)
        case "mqtt": return [b"\1reload", b"\1snapshot", b"\0reload", b"\1other"]
        case "names": return texts(NAMES)
        case "saved": return texts(SAVED)
        case "yaml": return texts(YAML)
        case "archive": return archives()
    raise ValueError(target)
