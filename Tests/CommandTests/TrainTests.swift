import Foundation
import TestSupport
import Testing

/// `mmrl-convert CHECKPOINT --train PHOTOS`, on the small CLIP of the tests.
@Suite struct TrainTests {
  /// Photos of three labels that differ in colour, six of each, no two alike, and some that are odd.
  private func photos(in folder: String) throws -> String {
    var random = SplitMix64(seed: 7)
    let colours: [(String, [UInt8])] = [
      ("red_thing", [200, 40, 40]), ("green", [40, 180, 60]), ("blue", [30, 60, 210]),
    ]
    for (label, colour) in colours {
      for photo in 0..<6 {
        // Squares of random brightness, tinted.
        let cells = (0..<20).map { _ in UInt8(truncatingIfNeeded: random.next()) }
        let bytes = pngFile(width: 80, height: 70) { x, y in
          let light = Int(cells[y / 18 * 5 + x / 16])
          func tinted(_ part: UInt8) -> UInt8 { UInt8((Int(part) + 3 * light) / 4) }
          return (tinted(colour[0]), tinted(colour[1]), tinted(colour[2]))
        }
        try write(bytes, "\(folder)/photos/\(label)/\(photo).png")
      }
    }
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
    [TinyCLIP.checkpoint, "--train", photos, "-o", output, "--epochs", "20", "--least-cosine", "0"]
  }

  @Test func learnsNamesProblemsAndReports() throws {
    try withTemporaryDirectory { folder in
      let photos = try photos(in: folder)
      try write(Array("no image".utf8), "\(photos)/green/broken.jpg")
      try write(Array("RIFF".utf8), "\(photos)/blue/other.webp")
      let (model, page, adapter) = (
        folder + "/m.mmrl", folder + "/report.html", folder + "/a.safetensors"
      )
      let labels = folder + "/novel.txt"
      try write(Array("yellow thing\nblack cat\n".utf8), labels)
      let run = try Executable.mmrlConvert.run(
        arguments(photos, model) + [
          "--novel", labels, "--report", page, "--save-adapter", adapter,
        ])
      // The model is there, and the status says that some photos are not in it.
      #expect(run.status == 1, "\(run.messages)")
      #expect(run.messages.contains("2 of the images could not be read"))
      #expect(run.messages.contains("green/broken.jpg: left out, cannot be read"))
      #expect(run.messages.contains("blue/other.webp: left out, cannot be read"))
      #expect(run.messages.contains("nothing: no photos in it"))
      for text in [
        "3 labels, 18 photos to learn from", "encoding photos and mirror images: 36 of 36",
        "cross-validation, fold 5 of 5: done",
        "% of new photos of the learnt labels will get their label (90 % interval: ",
        "measured by 5-fold cross-validation of 18 photos", "Zero-shot CLIP: the model does ",
        "Centroids of the shots", "Centroids shrunk towards texts", "Tip-Adapter",
        "Discriminant of the shots",
        "MMRL++ with discriminant, the model", "after half of the photos",
      ] {
        #expect(run.messages.contains(text), "\(text) in \(run.messages)")
      }
      #expect(run.output.hasSuffix("next: mmrl-run --model \(model) FOLDER\n"), "\(run.output)")
      let html = try String(contentsOfFile: page, encoding: .utf8)
      #expect(html.contains("red thing") && html.contains("<svg") && html.contains("90 % interval"))
      let inspected = try Executable.mmrlConvert.run(["inspect", model])
      #expect(inspected.output.contains("cross-validated: MMRL++ with discriminant"))
      #expect(inspected.output.contains("cross-validated, 90 % interval: from"))
      #expect(FileManager.default.fileExists(atPath: adapter))
      #expect(!FileManager.default.fileExists(atPath: model + ".training"))
      let seen = try Executable.mmrlRun.run(
        ["--model", model, "--format", "csv", "--labels", "all", photos + "/blue/0.png"])
      #expect(seen.status == 0 && seen.output.contains("black cat"))
    }
  }

  @Test func photosOfNothingAreNoLabel() throws {
    try withTemporaryDirectory { folder in
      let photos = try photos(in: folder)
      for photo in 0..<4 {
        let bytes = pngFile(width: 80, height: 70) { x, y in
          (UInt8(x), UInt8(2 * y), UInt8(60 * photo))
        }
        try write(bytes, "\(photos)/none/\(photo).png")
      }
      let model = folder + "/m.mmrl"
      func train(_ options: String...) throws -> Executable.Result {
        let run = try Executable.mmrlConvert.run(
          arguments(photos, model) + ["--epochs", "1", "--no-cross-validation"] + options)
        #expect(run.status == 0, "\(run.messages)")
        return run
      }
      let run = try train()
      #expect(
        run.messages.contains("3 labels, 18 photos to learn from, 4 of nothing in particular"))
      #expect(!(try Executable.mmrlRun.run(["labels", model]).output.contains("none")))
      let other = try train("--none", "nothing")
      #expect(other.messages.contains("4 labels, 22 photos to learn from\n"))
      #expect(try Executable.mmrlRun.run(["labels", model]).output.contains("none"))
      let wrong = try Executable.mmrlConvert.run(
        [TinyCLIP.checkpoint, "--known", "/nowhere", "-o", model, "--none", "x"])
      #expect(wrong.status == 64 && wrong.messages.contains("--none belongs to --train"))
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
        for text in ["by name, 6 photos", "harmonic mean"] {
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

  @Test func saysWhatIsNotMeasuredAndNotUsed() throws {
    try withTemporaryDirectory { folder in
      let photos = try photos(in: folder)
      let run = try Executable.mmrlConvert.run(
        arguments(photos, folder + "/it's m.mmrl") + [
          "--no-cross-validation", "--shots", "4", "--epochs", "1", "--report",
          folder + "/report.html",
        ])
      #expect(run.status == 0, "\(run.messages)")
      #expect(
        run.messages.contains(
          "it is not known how well the model does: it was not to be measured"))
      #expect(
        run.messages.contains("2 of 6 photos of label blue were not used: --shots takes more"))
      #expect(!run.messages.contains("cross-validation, fold"))
      #expect(run.output.hasSuffix("next: mmrl-run --model '\(folder)/it'\\''s m.mmrl' FOLDER\n"))
      let html = try String(contentsOfFile: folder + "/report.html", encoding: .utf8)
      #expect(html.contains("It is not known how well the model does"))
      #expect(html.contains("2 of 6 photos of label blue were not used"))

      // One photo a label: nothing can be held out.
      for label in ["red_thing", "green", "blue"] {
        for photo in 1..<6 {
          try FileManager.default.removeItem(atPath: "\(photos)/\(label)/\(photo).png")
        }
      }
      let single = try Executable.mmrlConvert.run(
        arguments(photos, folder + "/single.mmrl") + ["--epochs", "1"])
      #expect(single.status == 0, "\(single.messages)")
      #expect(single.messages.contains("no photo could be held out to measure by"))
      #expect(single.messages.contains("\"blue\" has only 1 photo"))
    }
  }

  @Test func wrongAndRepeatedPhotosArePointedOut() throws {
    try withTemporaryDirectory { folder in
      let photos = try photos(in: folder)
      // The same photo under two labels, though not the same bytes.
      let twin = pngFile(width: 80, height: 70) { x, y in (UInt8(x * 3), UInt8(y * 3), 200) }
      let other = pngFile(width: 80, height: 70) { x, y in (UInt8(x * 3), UInt8(y * 3), 201) }
      try write(twin, photos + "/blue/twin.png")
      try write(other, photos + "/green/twin.png")
      let page = folder + "/report.html"
      let run = try Executable.mmrlConvert.run(
        arguments(photos, folder + "/m.mmrl") + ["--epochs", "2", "--report", page])
      #expect(run.status == 0, "\(run.messages)")
      let line = try #require(
        run.messages.split(separator: "\n").first {
          $0.contains("nearly the same under different labels")
        })
      #expect(line.contains("blue/twin.png") && line.contains("green/twin.png"))
      let html = try String(contentsOfFile: page, encoding: .utf8)
      #expect(html.contains("Nearly the same under different labels"))
      #expect(html.contains("<img src=\"data:image/jpeg;base64,/9j/"))
    }
  }

  /// A published split keeps its validation photos, which are measured by and not learnt from.
  @Test func splitsKeepTheirParts() throws {
    try withTemporaryDirectory { folder in
      let photos = try photos(in: folder)
      func part(_ range: Range<Int>) -> String {
        ["red_thing", "green", "blue"].enumerated().flatMap { number, label in
          range.map { "[\"\(label)/\($0).png\", \(number), \"\(label)\"]" }
        }.joined(separator: ", ")
      }
      let split =
        "{\"train\": [\(part(0..<3))], \"val\": [\(part(3..<5))], \"test\": [\(part(5..<6))]}"
      try write(Array(split.utf8), photos + "/split_zhou_Things.json")
      let run = try Executable.mmrlConvert.run(
        arguments(photos, folder + "/m.mmrl") + ["--epochs", "2"])
      #expect(run.status == 0, "\(run.messages)")
      #expect(run.messages.contains("3 labels, 9 photos to learn from"))
      #expect(run.messages.contains("measured on 6 photos that the split keeps for validation"))
      #expect(!run.messages.contains("cross-validation, fold"))
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
      #expect(!resumed.messages.contains("mmrl-convert: epoch 1 of"))
      try expectSameBytes(parts, whole)
      // Killed after the last epoch, while it was being measured: nothing is trained again.
      let measured = folder + "/measured.mmrl"
      let process = try Executable.mmrlConvert.process(arguments(photos, measured))
      let messages = Pipe()
      process.standardError = messages
      process.standardOutput = FileHandle.nullDevice
      try process.run()
      var said = ""
      while process.isRunning, !said.contains("cross-validation, fold 1") {
        said += String(decoding: messages.fileHandleForReading.availableData, as: UTF8.self)
      }
      #expect(process.isRunning, "ended before it could be killed")
      Foundation.kill(process.processIdentifier, SIGKILL)
      process.waitUntilExit()
      let again = try Executable.mmrlConvert.run(arguments(photos, measured) + ["--resume"])
      #expect(again.status == 0, "\(again.messages)")
      #expect(!again.messages.contains("mmrl-convert: epoch"))
      try expectSameBytes(measured, whole)
    }
  }

  @Test func statesOfOtherPhotosAndCheckpointsAreRefused() throws {
    try withTemporaryDirectory { folder in
      let photos = try photos(in: folder)
      let checkpoint = folder + "/clip.pt"
      var bytes = try Data(contentsOf: URL(fileURLWithPath: TinyCLIP.checkpoint))
      try bytes.write(to: URL(fileURLWithPath: checkpoint))
      let output = folder + "/m.mmrl"
      var arguments = arguments(photos, output)
      arguments[0] = checkpoint
      arguments += ["--vocab", TinyCLIP.vocabulary]
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

  @Test func interruptedBeforeThereIsAnythingToKeep() throws {
    try withTemporaryDirectory { folder in
      let output = folder + "/m.mmrl"
      // A photo that is a pipe: reading it waits, at the very beginning.
      let photos = try photos(in: folder)
      try #require(mkfifo("\(photos)/novel.txt", 0o600) == 0)
      let process = try Executable.mmrlConvert.process(
        arguments(photos, output) + ["--novel", "\(photos)/novel.txt"])
      let messages = Pipe()
      process.standardError = messages
      process.standardOutput = FileHandle.nullDevice
      try process.run()
      var said = ""
      while process.isRunning, !said.contains("photos to learn from") {
        said += String(decoding: messages.fileHandleForReading.availableData, as: UTF8.self)
      }
      Foundation.kill(process.processIdentifier, SIGTERM)
      said += String(
        decoding: try messages.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
      process.waitUntilExit()
      #expect(process.terminationReason == .uncaughtSignal && process.terminationStatus == SIGTERM)
      #expect(
        said.contains("interrupted before the first epoch was done: nothing is kept"), "\(said)")
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["photos"])
    }
  }

  @Test func foldersOfOtherLayoutsAreExplained() throws {
    try withTemporaryDirectory { folder in
      let photos = try photos(in: folder)
      let whole = try Executable.mmrlConvert.run(arguments(folder, folder + "/m.mmrl"))
      #expect(whole.status == 2)
      #expect(
        whole.messages.contains("0 labels with photos")
          && whole.messages.contains(
            "\(photos) has one folder a label (blue, green, red_thing): name that"),
        "\(whole.messages)")
      // All photos of a label under another one, too.
      let two = folder + "/two"
      for photo in 0..<3 {
        let bytes = try Data(contentsOf: URL(fileURLWithPath: "\(photos)/blue/\(photo).png"))
        try write(Array(bytes), "\(two)/few/\(photo).png")
        try write(Array(bytes), "\(two)/many/copy-\(photo).png")
        let other = try Data(contentsOf: URL(fileURLWithPath: "\(photos)/green/\(photo).png"))
        try write(Array(other), "\(two)/many/own-\(photo).png")
      }
      let copies = try Executable.mmrlConvert.run(arguments(two, folder + "/m.mmrl"))
      #expect(copies.status == 2)
      #expect(
        copies.messages.contains(
          "\"few\": all of its 3 photos are also under \"many\", so the label is left out"),
        "\(copies.messages)")
      #expect(copies.messages.contains("1 label with photos (many), at least 2 are needed"))
    }
  }

  @Test func wrongUseIsNamed() throws {
    let missing = try Executable.mmrlConvert.run(
      [TinyCLIP.checkpoint, "--train", "/nowhere", "-o", "/tmp/never.mmrl"])
    #expect(missing.status == 2)
    #expect(missing.messages.contains("/nowhere: not there"))
    let wrong = try Executable.mmrlConvert.run(
      [TinyCLIP.checkpoint, "--train", "/nowhere", "-o", "/tmp/never.mmrl", "--alpha", "2"])
    #expect(wrong.status == 64)
  }
}
