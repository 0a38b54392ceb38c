"""Makes every peer's int8 model of a checkpoint's image tower: build.py CHECKPOINT PICTURES OUT

PICTURES holds test/ and calibration/, PNG files of the tower's size. Each peer is given what its own documents recommend for
transformers on CPUs:
  ONNX Runtime  dynamic (weights by channel) and static (QDQ, weights by channel)
  OpenVINO      NNCF post-training quantisation, model type TRANSFORMER, preset MIXED
  LiteRT        dynamic (int8 weights by channel, int8 activations at run time) of the AI Edge Quantizer
"""

import pathlib
import sys

import numpy as np
import torch
from PIL import Image

import tower as towers


def pixels(folder):
    """[N, 3, S, S], normalised."""
    images = [np.asarray(Image.open(f).convert("RGB")) for f in sorted(folder.glob("*.png"))]
    scaled = np.stack(images).astype(np.float32) / 255
    normalised = (scaled - np.float32(towers.MEAN)) / np.float32(towers.STD)
    return np.ascontiguousarray(normalised.transpose(0, 3, 1, 2))


def build_onnx(tower, example, out):
    torch.onnx.export(tower, torch.from_numpy(example), out, opset_version=17, dynamo=False,
                      input_names=["x"], output_names=["y"],
                      dynamic_axes={"x": {0: "n"}, "y": {0: "n"}})


def build_onnxruntime(source, calibration, out):
    from onnxruntime import quantization as q
    from onnxruntime.quantization.shape_inference import quant_pre_process

    class Reader(q.CalibrationDataReader):
        def __init__(self):
            self.rest = iter(calibration)

        def get_next(self):
            image = next(self.rest, None)
            return None if image is None else {"x": image[None]}

    prepared = out / "prepared.onnx"
    quant_pre_process(source, prepared, skip_symbolic_shape=True)
    q.quantize_dynamic(prepared, out / "ort_dynamic.onnx", per_channel=True,
                       weight_type=q.QuantType.QInt8, op_types_to_quantize=["MatMul", "Gemm"])
    q.quantize_static(prepared, out / "ort_static.onnx", Reader(), quant_format=q.QuantFormat.QDQ,
                      per_channel=True, activation_type=q.QuantType.QInt8,
                      weight_type=q.QuantType.QInt8, op_types_to_quantize=["MatMul", "Gemm", "Conv"],
                      extra_options={"ActivationSymmetric": True, "MatMulConstBOnly": True})


def build_openvino(source, calibration, out):
    import nncf
    import openvino

    model = openvino.convert_model(source)
    quantised = nncf.quantize(model, nncf.Dataset([image[None] for image in calibration]),
                              model_type=nncf.ModelType.TRANSFORMER, subset_size=len(calibration),
                              preset=nncf.QuantizationPreset.MIXED)
    openvino.save_model(quantised, out / "openvino.xml")


def build_litert(tower, example, out):
    import litert_torch
    from ai_edge_quantizer import quantizer, recipe

    plain = out / "litert_fp32.tflite"
    litert_torch.convert(tower, (torch.from_numpy(example),)).export(str(plain))
    work = quantizer.Quantizer(str(plain))
    work.load_quantization_recipe(recipe.dynamic_wi8_afp32())
    work.quantize().export_model(str(out / "litert.tflite"), overwrite=True)


def main():
    checkpoint, images, out = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
    tower = towers.load(checkpoint)
    test, calibration = pixels(images / "test"), pixels(images / "calibration")
    np.save(out / "test.npy", test)
    with torch.no_grad():
        np.save(out / "float.npy", tower(torch.from_numpy(test)).numpy())
    build_onnx(tower, test[:2], out / "fp32.onnx")
    build_onnxruntime(out / "fp32.onnx", calibration, out)
    build_openvino(out / "fp32.onnx", calibration, out)
    build_litert(tower, test[:1], out)


main()
