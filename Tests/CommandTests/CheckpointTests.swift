import Foundation
import ModelFile
import TestSupport
import Testing

@Suite("Checkpoints that say too little")
struct CheckpointTests {
  /// The small CLIP without the configuration that lies beside it.
  private static func alone(_ bench: Workbench) throws -> String {
    let path = bench.folder + "/alone.pt"
    try FileManager.default.copyItem(atPath: TinyCLIP.checkpoint, toPath: path)
    return path
  }

  @Test("What is assumed is said; options say otherwise, and the model remembers them")
  func assumed() throws {
    try Workbench.with { bench in
      let clip = try Self.alone(bench)
      let labels = try bench.file("labels.txt", "cat\ndog\n")
      let more = try bench.file("more.txt", "car\n")
      let vocabulary = ["--vocab", TinyCLIP.vocabulary]
      let result = try Executable.mmrlConvert.run(
        [clip, "-o", bench.output, "--known", labels] + vocabulary)
      #expect(result.status == 0)
      let lines = result.messages.split(separator: "\n")
      #expect(lines.count == 1, "\(result.messages)")
      for words in ["alone.pt", "QuickGELU", "3 image heads", "--activation", "--heads"] {
        #expect(result.messages.contains(words), "\(result.messages)")
      }

      let options = ["--activation", "gelu,gelu-tanh", "--heads", "6,3"]
      let other = try Executable.mmrlConvert.run(
        [clip, "-o", bench.output, "--known", labels, "--novel", more] + vocabulary + options)
      #expect(other.status == 0 && other.messages.isEmpty, "\(other.messages)")
      let model = try ModelReader(path: bench.output)
      #expect(model.manifest.activation == .gelu && model.manifest.geometry.heads == 6)
      #expect(model.manifest.provenance.recipe["heads"] == "6,3")
      // A label added later, without the options.
      let wanted = try model.floats("labels.novel.features")
      let added = try Executable.mmrlConvert.run(
        ["label", bench.output, clip, "--novel", more, "--replace", "-o", bench.output]
          + vocabulary)
      #expect(added.status == 0 && added.messages.isEmpty, "\(added.messages)")
      let found = try ModelReader(path: bench.output).floats("labels.novel.features")
      #expect(zip(found, wanted).allSatisfy { abs($0 - $1) < 1e-5 })
      // By the wrong activation they would differ.
      let wrong = try Executable.mmrlConvert.run(
        [clip, "-o", bench.output, "--novel", more] + vocabulary)
      #expect(wrong.status == 0)
      let different = try ModelReader(path: bench.output).floats("labels.novel.features")
      #expect(!zip(different, wanted).allSatisfy { abs($0 - $1) < 1e-3 })
    }
  }

  @Test(
    "Options that name nothing are wrong usage",
    arguments: [
      ["--activation", "relu"], ["--activation", "gelu,gelu,gelu"], ["--heads", "0"],
      ["--heads", "3,"], ["--heads", "1,2,3"],
    ])
  func usage(options: [String]) throws {
    let result = try Executable.mmrlConvert.run(["inspect", TinyCLIP.checkpoint] + options)
    #expect(result.status == 64 && result.messages.contains(options[0]), "\(result.messages)")
  }

  @Test("Heads that do not divide the width are refused")
  func heads() throws {
    let result = try Executable.mmrlConvert.run([
      "inspect", TinyCLIP.checkpoint, "--heads", "5",
    ])
    #expect(result.status == 2 && result.messages.contains("5 attention heads"))
  }

  @Test("inspect says of a folder what the other commands say")
  func folders() throws {
    try Workbench.with { bench in
      let labels = try bench.file("labels.txt", "cat\ndog\n")
      let folder = bench.folder + "/clip"
      try FileManager.default.createDirectory(
        atPath: folder, withIntermediateDirectories: true)
      func both() throws -> String {
        let inspected = try bench.run("inspect", folder)
        let converted = try bench.run(folder, "-o", bench.output, "--known", labels)
        #expect(inspected.status == 2 && converted.status == 2)
        #expect(inspected.messages == converted.messages)
        return inspected.messages
      }
      #expect(try both().contains("no checkpoint here"))
      try FileManager.default.copyItem(
        atPath: Workbench.publishedAdapter, toPath: folder + "/pytorch_model.bin")
      #expect(try both().contains("is an MMRL adapter"))
      try FileManager.default.removeItem(atPath: folder + "/pytorch_model.bin")
      try FileManager.default.copyItem(
        atPath: TinyCLIP.checkpoint, toPath: folder + "/open_clip_pytorch_model.bin")
      try #"{"model_cfg": {"text_cfg": {"no_causal_mask": true}}}"#.write(
        toFile: folder + "/open_clip_config.json", atomically: true, encoding: .utf8)
      #expect(try both().contains("no_causal_mask"))
    }
  }

  @Test("inspect shows all labels of a model")
  func allLabels() throws {
    try Workbench.with { bench in
      let names = (1...30).map { "label number \($0)" }
      let labels = try bench.file("labels.txt", names.joined(separator: "\n"))
      #expect(
        try bench.run(TinyCLIP.checkpoint, "-o", bench.output, "--known", labels).status == 0)
      let text = try bench.run("inspect", bench.output).output
      #expect(text.contains(names.joined(separator: ", ")), "\(text)")
    }
  }
}
