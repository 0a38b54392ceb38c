import Foundation
import TestSupport
import Testing

@Suite("mmrl-convert encode, verify, inspect")
struct EncodeVerifyTests {
  @Test("encode writes unit features of images and texts, int8 close to float")
  func encode() throws {
    try Workbench.with { bench in
      let texts = try bench.file("texts.txt", "a photo of a cat.\na photo of a dog.\n")
      var features: [String: [[Float]]] = [:]
      for engine in ["float", "int8"] {
        let path = "\(bench.folder)/\(engine).safetensors"
        let result = try bench.run(
          "encode", TinyCLIP.checkpoint, "-o", path, "--texts", texts, "--engine", engine,
          "--images", bench.photos)
        #expect(result.status == 0, "\(result.messages)")
        let file = try FeatureFile(path)
        #expect(
          file.entries.mapValues(\.shape) == [
            "image_features": [6, 192], "text_features": [2, 192],
          ])
        #expect(try file.list("images") == (0..<6).map { "\(bench.photos)/\($0).png" })
        #expect(try file.list("texts") == ["a photo of a cat.", "a photo of a dog."])
        for row in file.rows("image_features") + file.rows("text_features") {
          #expect(abs(product(row, row) - 1) < 1e-5)
        }
        features[engine] = file.rows("image_features")
      }
      let (float, int8) = (try #require(features["float"]), try #require(features["int8"]))
      #expect(float != int8)
      for (a, b) in zip(float, int8) { #expect(product(a, b) > 0.995) }
      // Images that differ have features that differ.
      #expect(product(float[0], float[5]) < 0.999)
      #expect(try bench.written == ["float.safetensors", "int8.safetensors"])
    }
  }

  @Test("encode with an adapter writes representation features too, and other features of texts")
  func encodeWithAdapter() throws {
    try Workbench.with { bench in
      let texts = try bench.file("texts.txt", "a photo of a cat.\na photo of a dog.\n")
      var files: [FeatureFile] = []
      for arguments in [
        [], ["--adapter", TinyCLIP.adapter], ["--adapter", TinyCLIP.adapter, "--engine", "int8"],
      ] {
        let path = bench.folder + "/f.safetensors"
        let result = try Executable.mmrlConvert.run(
          ["encode", TinyCLIP.checkpoint, "-o", path, "--texts", texts, "--images", bench.photos]
            + arguments)
        #expect(result.status == 0, "\(result.messages)")
        files.append(try FeatureFile(path))
      }
      #expect(files[0].entries["image_features_rep"] == nil)
      for file in files.dropFirst() {
        #expect(
          file.entries.mapValues(\.shape) == [
            "image_features": [6, 192], "image_features_rep": [6, 192], "text_features": [2, 192],
          ])
        for row in file.rows("image_features_rep") { #expect(abs(product(row, row) - 1) < 1e-5) }
      }
      for name in ["image_features", "text_features"] {
        #expect(files[0].rows(name) != files[1].rows(name))
      }
      #expect(files[1].rows("text_features") == files[2].rows("text_features"))
      for name in ["image_features", "image_features_rep"] {
        for (a, b) in zip(files[1].rows(name), files[2].rows(name)) {
          #expect(a != b && product(a, b) > 0.99)
        }
      }
      #expect(files[1].rows("image_features_rep") != files[1].rows("image_features"))
      let wrong = try bench.run(
        "encode", TinyCLIP.checkpoint, "-o", bench.folder + "/never", "--texts", texts,
        "--adapter", Workbench.publishedAdapter)
      #expect(wrong.status == 2 && wrong.messages.contains("mmrlpp.pth.tar-4"))
    }
  }

  @Test("encode leaves out what it cannot read, with status 1, and writes nothing if that is all")
  func unreadableImages() throws {
    try Workbench.with { bench in
      let text = try bench.file("none.txt", "no image")
      let output = bench.folder + "/f.safetensors"
      let some = try bench.run(
        "encode", TinyCLIP.checkpoint, "-o", output, "--images", bench.photos + "/0.png", text)
      #expect(some.status == 1)
      #expect(some.messages.contains("none.txt"))
      #expect(try FeatureFile(output).entries["image_features"]?.shape == [1, 192])
      try FileManager.default.removeItem(atPath: output)
      try Data("RIFF".utf8).write(to: URL(fileURLWithPath: bench.photos + "/other.webp"))
      let folder = try bench.run(
        "encode", TinyCLIP.checkpoint, "-o", output, "--images", bench.photos)
      #expect(folder.status == 1)
      #expect(folder.messages.contains("other.webp: left out"), "\(folder.messages)")
      try FileManager.default.removeItem(atPath: output)
      let none = try bench.run("encode", TinyCLIP.checkpoint, "-o", output, "--images", text)
      #expect(none.status == 2)
      #expect(try bench.written.isEmpty)
    }
  }

  @Test("verify passes a model against its own checkpoint, and fails it below a bound")
  func verify() throws {
    try Workbench.with { bench in
      #expect(try bench.convert().status == 0)
      let arguments = ["verify", bench.output, TinyCLIP.checkpoint, "--images", bench.photos]
      let own = try Executable.mmrlConvert.run(arguments)
      #expect(own.status == 0, "\(own.messages)")
      #expect(own.messages.isEmpty)
      #expect(own.output.contains("class"))
      #expect(own.output.contains("best known label the same: "))
      let bounded = try Executable.mmrlConvert.run(arguments + ["--least-cosine", "1"])
      #expect(bounded.status == 1)
      #expect(bounded.messages.contains("below 1"))
    }
  }

  @Test("verify fails a model against other weights, and says whose they are")
  func verifyOther() throws {
    try Workbench.with { bench in
      #expect(try bench.convert().status == 0)
      // The same checkpoint, with other values in most of a matrix of the second block's MLP.
      var bytes = try Data(contentsOf: URL(fileURLWithPath: TinyCLIP.checkpoint))
      for index in 2_400_000..<2_650_000 { bytes[index] ^= 0x21 }
      let changed = bench.folder + "/changed.pt"
      try bytes.write(to: URL(fileURLWithPath: changed))
      let other = try bench.run("verify", bench.output, changed)
      #expect(other.status == 1)
      #expect(other.messages.contains("\(changed): not the checkpoint of"))
      #expect(other.messages.contains("below 0.99"))
      let smaller = try bench.run("verify", bench.output, Workbench.otherCheckpoint)
      #expect(smaller.status == 2)
      #expect(smaller.messages.contains("state-dict.pt"))
    }
  }

  @Test("inspect says what a checkpoint, an adapter and a model are; a damaged model is an error")
  func inspect() throws {
    try Workbench.with { bench in
      #expect(try bench.convert().status == 0)
      for (path, words) in [
        (TinyCLIP.checkpoint, ["64", "patch"]),
        (Workbench.publishedAdapter, ["mmrl++ adapter"]),
        (bench.output, [".mmrl model, clip", "2 labels", "cat, dog", "clip.pt"]),
      ] {
        let result = try bench.run("inspect", path)
        #expect(result.status == 0, "\(result.messages)")
        #expect(result.output.contains("SHA-256"))
        for word in words { #expect(result.output.contains(word), "\(result.output)") }
      }
      // One screen, and the hash as a reader written from FORMAT.md alone has it.
      let golden = try bench.run("inspect", Workbench.goldenModel)
      #expect(golden.lines.count < 40)
      #expect(
        golden.lines.last
          == "weights  SHA-256 fdb92f5df1f2ecf6bea5c1d78672f773a628de765cb344a64026c8b2a179389d")
      var bytes = try Data(contentsOf: URL(fileURLWithPath: bench.output))
      bytes[bytes.count / 2] ^= 1
      let damaged = bench.folder + "/damaged.mmrl"
      try bytes.write(to: URL(fileURLWithPath: damaged))
      let result = try bench.run("inspect", damaged)
      #expect(result.status == 2)
      #expect(result.messages.contains("damaged.mmrl"))
    }
  }

  private func product(_ a: [Float], _ b: [Float]) -> Float {
    zip(a, b).map { $0 * $1 }.reduce(0, +)
  }
}
