import Foundation
import TestSupport
import Testing

/// `mmrl-convert CHECKPOINT --train PHOTOS`, on the small CLIP of this repository.
@Suite struct TrainTests {
  private static let checkpoint = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("models/tiny-clip/clip.pt").path

  /// Photos of three labels that differ in colour, six of each, and some that are odd.
  private func photos(in folder: String) throws -> String {
    var random = SplitMix64(seed: 7)
    let colours: [(String, [UInt8])] = [
      ("red_thing", [200, 40, 40]), ("green", [40, 180, 60]), ("blue", [30, 60, 210]),
    ]
    for (label, colour) in colours {
      for photo in 0..<6 {
        let bytes = pngFile(width: 80, height: 70) { _, _ in
          let noise = UInt8(truncatingIfNeeded: random.next() & 31)
          return (colour[0] + noise, colour[1] + noise, colour[2] + noise)
        }
        try write(bytes, "\(folder)/photos/\(label)/\(photo).png")
      }
    }
    try write(Array("no image".utf8), "\(folder)/photos/green/broken.jpg")
    try FileManager.default.createDirectory(
      atPath: "\(folder)/photos/nothing", withIntermediateDirectories: true)
    return folder + "/photos"
  }

  private func write(_ bytes: [UInt8], _ path: String) throws {
    let file = URL(fileURLWithPath: path)
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(bytes).write(to: file)
  }

  private func arguments(_ photos: String, _ output: String) -> [String] {
    // Epochs enough to be killed in.
    [Self.checkpoint, "--train", photos, "-o", output, "--epochs", "20", "--least-cosine", "0"]
  }

  @Test func learnsNamesProblemsAndReports() throws {
    try withTemporaryDirectory { folder in
      let photos = try photos(in: folder)
      let (model, page, adapter) = (
        folder + "/m.mmrl", folder + "/report.html", folder + "/a.safetensors"
      )
      let labels = folder + "/novel.txt"
      try write(Array("yellow thing\nblack cat\n".utf8), labels)
      let run = try Executable.mmrlConvert.run(
        arguments(photos, model) + [
          "--novel", labels, "--report", page, "--save-adapter", adapter,
        ])
      #expect(run.status == 0, "\(run.messages)")
      #expect(run.messages.contains("green/broken.jpg: left out, cannot be read"))
      #expect(run.messages.contains("nothing: no photos in it"))
      for candidate in ["Zero-shot CLIP", "Centroids", "Discriminant", "MMRL++"] {
        #expect(run.messages.contains(candidate))
      }
      let html = try String(contentsOfFile: page, encoding: .utf8)
      #expect(html.contains("red thing") && html.contains("<svg"))
      #expect(FileManager.default.fileExists(atPath: adapter))
      #expect(!FileManager.default.fileExists(atPath: model + ".training"))
      let seen = try Executable.mmrlRun.run(
        ["--model", model, "--format", "csv", "--labels", "all", photos + "/blue/0.png"])
      #expect(seen.status == 0 && seen.output.contains("black cat"))
    }
  }

  @Test func novelPhotosAreMeasuredAndNeverLearntFrom() throws {
    try withTemporaryDirectory { folder in
      let photos = try photos(in: folder)
      for label in ["white_wall", "black"] {
        let value: UInt8 = label == "black" ? 5 : 250
        for photo in 0..<3 {
          let bytes = pngFile(width: 80, height: 70) { x, y in
            (value, value, UInt8(x + y + photo))
          }
          try write(bytes, "\(folder)/novel/\(label)/\(photo).png")
        }
      }
      let (one, other) = (folder + "/one", folder + "/other")
      let labels = folder + "/novel.txt"
      try write(Array("white wall\nblack\n".utf8), labels)
      let page = folder + "/report.html"
      for (output, novel) in [(one, folder + "/novel"), (other, labels)] {
        let run = try Executable.mmrlConvert.run(
          arguments(photos, output + ".mmrl") + [
            "--novel", novel, "--epochs", "2", "--save-adapter", output + ".safetensors",
            "--report", page,
          ])
        #expect(run.status == 0, "\(run.messages)")
        let html = try String(contentsOfFile: page, encoding: .utf8)
        for text in ["novel, 6 photos", "harmonic mean"] {
          #expect(html.contains(text) == (output == one))
          #expect(run.messages.contains(text) == (output == one))
        }
      }
      try expectSameBytes(one + ".safetensors", other + ".safetensors")
      // A label of both kinds is refused before anything is trained.
      try write(Array("black\nRed thing\n".utf8), labels)
      let both = try Executable.mmrlConvert.run(
        arguments(photos, folder + "/never.mmrl") + ["--novel", labels])
      #expect(both.status == 2 && !both.messages.contains("epoch 1"))
      #expect(both.messages.contains("\"Red thing\" is among the labels trained on"))
    }
  }

  /// Starts a run, kills it as soon as `isDue`, and checks that it left no model.
  private func kill(_ arguments: [String], output: String, when isDue: () -> Bool) throws {
    let process = try Executable.mmrlConvert.process(arguments)
    process.standardError = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    try process.run()
    while process.isRunning, !isDue() { usleep(2000) }
    #expect(process.isRunning, "ended before it could be killed")
    Foundation.kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
    #expect(!FileManager.default.fileExists(atPath: output))
  }

  private func expectSameBytes(_ one: String, _ other: String) throws {
    #expect(
      try Data(contentsOf: URL(fileURLWithPath: one))
        == Data(contentsOf: URL(fileURLWithPath: other)))
  }

  @Test func killedRunsContinueToTheSameBytes() throws {
    try withTemporaryDirectory { folder in
      let photos = try photos(in: folder)
      let (whole, parts) = (folder + "/whole.mmrl", folder + "/parts.mmrl")
      #expect(try Executable.mmrlConvert.run(arguments(photos, whole)).status == 0)
      try kill(arguments(photos, parts), output: parts) {
        FileManager.default.fileExists(atPath: parts + ".training")
      }
      for (changed, words) in [
        (["--seed", "2"], "seed: 1 then, 2 now"), (["--beta", "0.5"], "beta: "),
        (["--template", "one {}"], "prompt: a photo of a {}. then, one {} now"),
        (["--threads", "1"], "threads: "),
      ] {
        let other = try Executable.mmrlConvert.run(
          arguments(photos, parts) + ["--resume"] + changed)
        #expect(other.status == 2)
        #expect(other.messages.contains("belongs to another run: " + words), "\(other.messages)")
      }
      let resumed = try Executable.mmrlConvert.run(arguments(photos, parts) + ["--resume"])
      #expect(resumed.status == 0, "\(resumed.messages)")
      #expect(!resumed.messages.contains("epoch 1 of"))
      try expectSameBytes(parts, whole)
    }
  }

  @Test func statesOfOtherPhotosAndCheckpointsAreRefused() throws {
    try withTemporaryDirectory { folder in
      let photos = try photos(in: folder)
      let checkpoint = folder + "/clip.pt"
      var bytes = try Data(contentsOf: URL(fileURLWithPath: Self.checkpoint))
      try bytes.write(to: URL(fileURLWithPath: checkpoint))
      let output = folder + "/m.mmrl"
      var arguments = arguments(photos, output)
      arguments[0] = checkpoint
      arguments += ["--vocab", Workbench.vocabulary]
      try kill(arguments, output: output) {
        FileManager.default.fileExists(atPath: output + ".training")
      }
      let state = try Data(contentsOf: URL(fileURLWithPath: output + ".training"))
      let image = photos + "/blue/3.png"
      let original = try Data(contentsOf: URL(fileURLWithPath: image))
      let another = pngFile(width: 80, height: 70) { x, y in (UInt8(x), UInt8(y), 250) }
      try write(another, image)
      let photo = try Executable.mmrlConvert.run(arguments + ["--resume"])
      #expect(photo.status == 2)
      #expect(photo.messages.contains("photos: 1 changed (blue/3.png)"), "\(photo.messages)")
      try original.write(to: URL(fileURLWithPath: image))
      for index in 2_400_000..<2_400_010 { bytes[index] ^= 1 }
      try bytes.write(to: URL(fileURLWithPath: checkpoint))
      let weights = try Executable.mmrlConvert.run(arguments + ["--resume"])
      #expect(weights.status == 2)
      #expect(weights.messages.contains("checkpoint's SHA-256: "), "\(weights.messages)")
      // A refusal leaves the state for the right command.
      #expect(try Data(contentsOf: URL(fileURLWithPath: output + ".training")) == state)
    }
  }

  @Test func interruptedRunsSayHowToGoOn() throws {
    try withTemporaryDirectory { folder in
      let output = folder + "/m.mmrl"
      let arguments = arguments(try photos(in: folder), output)
      let process = try Executable.mmrlConvert.process(arguments)
      let messages = Pipe()
      process.standardError = messages
      process.standardOutput = FileHandle.nullDevice
      try process.run()
      while process.isRunning, !FileManager.default.fileExists(atPath: output + ".training") {
        usleep(2000)
      }
      #expect(process.isRunning, "ended before it could be interrupted")
      Foundation.kill(process.processIdentifier, SIGINT)
      let said = String(
        decoding: try messages.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
      process.waitUntilExit()
      #expect(process.terminationReason == .uncaughtSignal && process.terminationStatus == SIGINT)
      #expect(said.contains("interrupted; the same command with --resume goes on"), "\(said)")
      #expect(FileManager.default.fileExists(atPath: output + ".training"))
      #expect(!FileManager.default.fileExists(atPath: output))
    }
  }

  @Test func wrongUseIsNamed() throws {
    let missing = try Executable.mmrlConvert.run(
      [Self.checkpoint, "--train", "/nowhere", "-o", "/tmp/never.mmrl"])
    #expect(missing.status == 2)
    #expect(missing.messages.contains("/nowhere: not there"))
    let wrong = try Executable.mmrlConvert.run(
      [Self.checkpoint, "--train", "/nowhere", "-o", "/tmp/never.mmrl", "--alpha", "2"])
    #expect(wrong.status == 64)
  }
}
