"""Times one peer in a process of its own: measure.py PEER FOLDER BATCH THREADS SECONDS -> one line of JSON"""

import json
import os
import pathlib
import sys
import time

import numpy as np


def onnxruntime_peer(model, batch, threads):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    return lambda x: session.run(None, {"x": x})[0]


def openvino_peer(model, batch, threads, precision):
    import openvino

    core = openvino.Core()
    network = core.read_model(model)
    network.reshape([batch, *network.input(0).partial_shape[1:]])
    request = core.compile_model(network, "CPU", {
        "INFERENCE_NUM_THREADS": threads, "NUM_STREAMS": 1, "INFERENCE_PRECISION_HINT": precision,
    }).create_infer_request()
    return lambda x: request.infer({0: x})[0]


def litert_peer(model, batch, threads):
    """LiteRT's converter fixes the batch: it takes one image after the other."""
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(str(model), num_threads=threads)
    interpreter.allocate_tensors()
    source = interpreter.get_input_details()[0]["index"]
    target = interpreter.get_output_details()[0]["index"]

    def run(x):
        rows = []
        for image in x:
            interpreter.set_tensor(source, image[None])
            interpreter.invoke()
            rows.append(interpreter.get_tensor(target)[0].copy())
        return np.stack(rows)

    return run


def make(peer, folder, batch, threads):
    return {
        "ort_dynamic": lambda: onnxruntime_peer(folder / "ort_dynamic.onnx", batch, threads),
        "ort_static": lambda: onnxruntime_peer(folder / "ort_static.onnx", batch, threads),
        "openvino_f32": lambda: openvino_peer(folder / "openvino.xml", batch, threads, "f32"),
        "openvino_bf16": lambda: openvino_peer(folder / "openvino.xml", batch, threads, "bf16"),
        "litert": lambda: litert_peer(folder / "litert.tflite", batch, threads),
    }[peer]()


def cosines(a, b):
    return (a * b).sum(1) / np.linalg.norm(a, axis=1) / np.linalg.norm(b, axis=1)


def main():
    peer, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    batch, threads, seconds = int(sys.argv[3]), int(sys.argv[4]), float(sys.argv[5])
    os.environ["OMP_NUM_THREADS"] = str(threads)
    run = make(peer, folder, batch, threads)
    images, reference = np.load(folder / "test.npy"), np.load(folder / "float.npy")
    batches = [np.ascontiguousarray(images[i:i + batch]) for i in range(0, len(images), batch)]
    features = np.concatenate([run(part) for part in batches])  # warms up, too
    times, start = [], time.perf_counter()
    while len(times) < 6 or time.perf_counter() - start < seconds:
        before = time.perf_counter()
        run(batches[0])
        times.append(time.perf_counter() - before)
    middle = reference.mean(0)
    print(json.dumps({
        "ms": 1e3 * float(np.median(times)),
        "cosine": float(cosines(features, reference).mean()),
        "centred": float(cosines(features - middle, reference - middle).mean()),
    }))


main()
