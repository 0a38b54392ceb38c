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
    try write(Array("no picture".utf8), "\(folder)/photos/green/broken.jpg")
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
    [Self.checkpoint, "--train", photos, "-o", output, "--epochs", "4", "--least-cosine", "0"]
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
      for contender in ["Zero-shot CLIP", "Centroids", "Discriminant", "MMRL++"] {
        #expect(run.messages.contains(contender))
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

  @Test func killedRunsContinueToTheSameBytes() throws {
    try withTemporaryDirectory { folder in
      let photos = try photos(in: folder)
      let (whole, parts) = (folder + "/whole.mmrl", folder + "/parts.mmrl")
      #expect(try Executable.mmrlConvert.run(arguments(photos, whole)).status == 0)
      let process = try Executable.mmrlConvert.process(arguments(photos, parts))
      process.standardError = FileHandle.nullDevice
      process.standardOutput = FileHandle.nullDevice
      try process.run()
      while process.isRunning, !FileManager.default.fileExists(atPath: parts + ".training") {
        usleep(2000)
      }
      kill(process.processIdentifier, SIGKILL)
      process.waitUntilExit()
      #expect(!FileManager.default.fileExists(atPath: parts))
      let other = try Executable.mmrlConvert.run(
        arguments(photos, parts) + ["--resume", "--seed", "2"])
      #expect(other.status == 2)
      #expect(
        other.messages.contains("belongs to a run with other seed")
          || other.messages.contains("other photos"))
      let resumed = try Executable.mmrlConvert.run(arguments(photos, parts) + ["--resume"])
      #expect(resumed.status == 0, "\(resumed.messages)")
      #expect(!resumed.messages.contains("epoch 1 of"))
      #expect(
        try Data(contentsOf: URL(fileURLWithPath: parts))
          == Data(contentsOf: URL(fileURLWithPath: whole)))
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
