import Foundation
import ModelFile
import TestSupport
import Testing

/// Results never take the place of what they are made from.
@Suite struct InputSafetyTests {
  /// The bytes of files, to see that they stay.
  private func bytes(_ paths: [String]) throws -> [Data] {
    try paths.map { try Data(contentsOf: URL(fileURLWithPath: $0)) }
  }

  @Test func imagesAndModelsOfRuns() throws {
    try Album.with { album in
      let labels = try ModelReader(path: album.model).manifest.labelSets.flatMap(\.labels)
      try album.addImage("\(labels[0])/a.png")
      let image = album.photos + "/\(labels[0])/a.png"
      let link = album.folder + "/link.png"
      try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: image)
      let before = try bytes([image, album.model])
      let run = ["--model", album.model]
      for arguments in [
        run + ["-r", album.photos, "-o", image], run + [image, "-o", link],
        run + [image, "-o", album.model],
        ["test", album.model, album.photos, "--report", album.model],
        ["teach", album.model, album.photos, "-o", image],
      ] {
        let result = try Executable.mmrlRun.run(arguments)
        #expect(result.status == 64, "\(arguments): \(result.messages)")
        #expect(result.messages.contains("is a file that is read"), "\(result.messages)")
      }
      // What a list names is known when it comes.
      let listed = try album.run("-o", image, "-", input: image + "\n")
      #expect(listed.status == 64 && listed.messages.contains("is a file that is read"))
      #expect(try bytes([image, album.model]) == before)
    }
  }

  @Test func partsOfCheckpointsAndPhotos() throws {
    try Workbench.with { bench in
      let labels = try bench.file("labels.txt", "cat\ndog\n")
      let folder = bench.folder + "/clip"
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      let checkpoint = folder + "/clip.pt"
      try FileManager.default.copyItem(atPath: TinyCLIP.checkpoint, toPath: checkpoint)
      let original = URL(fileURLWithPath: TinyCLIP.checkpoint).deletingLastPathComponent().path
      let names = try FileManager.default.contentsOfDirectory(atPath: original)
      let vocabulary = try #require(names.first { $0.hasPrefix("bpe") })
      let beside = "\(folder)/\(vocabulary)"
      try FileManager.default.copyItem(atPath: "\(original)/\(vocabulary)", toPath: beside)
      let (photo, configuration) = (bench.photos + "/0.png", folder + "/config.json")
      try Data("{}".utf8).write(to: URL(fileURLWithPath: configuration))
      let before = try bytes([checkpoint, beside, photo, configuration])
      for arguments in [
        [checkpoint, "--known", labels, "-o", beside],
        [checkpoint, "--known", labels, "-o", configuration],
        [folder, "--known", labels, "-o", beside], [folder, "--known", labels, "-o", checkpoint],
        [checkpoint, "--known", labels, "--calibration", bench.photos, "-o", photo],
        [checkpoint, "--train", bench.folder, "-o", photo],
        [checkpoint, "--train", bench.folder, "-o", bench.output, "--report", photo],
        ["encode", checkpoint, "--images", bench.photos, "-o", photo],
        ["label", TinyCLIP.model, checkpoint, "--novel", labels, "-o", beside],
        [
          "evaluate", checkpoint, "--dataset", "dtd", "--root", bench.folder, "--json", beside,
        ],
      ] {
        let result = try Executable.mmrlConvert.run(arguments)
        #expect(result.status == 64, "\(arguments): \(result.messages)")
        #expect(result.messages.contains("is a file that is read"), "\(result.messages)")
      }
      #expect(try bytes([checkpoint, beside, photo, configuration]) == before)
      // A model of ours beside the checkpoint is no part of it.
      let model = folder + "/my.mmrl"
      try FileManager.default.copyItem(atPath: TinyCLIP.model, toPath: model)
      let again = try bench.run(checkpoint, "--known", labels, "-o", model)
      #expect(again.status == 0, "\(again.messages)")
    }
  }

  @Test func wordsThatWereMistyped() throws {
    try Workbench.with { bench in
      let labels = try bench.file("labels.txt", "cat\ndog\n")
      let same = try bench.run(
        TinyCLIP.checkpoint, "--known", labels, "--novel", labels, "-o", bench.output)
      #expect(same.status == 64 && same.messages.contains("both name"), "\(same.messages)")
      let other = try bench.file("other.txt", "mouse\nDog\n")
      let both = try bench.run(
        TinyCLIP.checkpoint, "--known", labels, "--novel", other, "-o", bench.output)
      #expect(both.status == 2)
      #expect(both.messages.contains("other.txt: \"Dog\" is in"), "\(both.messages)")
      let photos = try bench.run("inspect", bench.photos)
      #expect(photos.status == 2)
      #expect(photos.messages.contains("a folder of 6 images"), "\(photos.messages)")
      let twice = try Executable.mmrlRun.run(["-", "-"])
      #expect(twice.status == 64 && twice.messages.contains("name it once"), "\(twice.messages)")
      #expect(try bench.written.isEmpty)
    }
  }

  @Test func labelsThatCannotBeToldApart() throws {
    try Workbench.with { bench in
      let equal = try bench.file("same.txt", "a b\na_b\nA B\n")
      let result = try bench.run(TinyCLIP.checkpoint, "--known", equal, "-o", bench.output)
      #expect(result.status == 0, "\(result.messages)")
      for pair in ["\"a b\" and \"a_b\"", "\"a b\" and \"A B\""] {
        #expect(result.messages.contains(pair + " are the same text"), "\(result.messages)")
      }
      let one = try bench.file("one.txt", "person\n")
      let alone = try bench.run(
        TinyCLIP.checkpoint, "--known", one, "--with-text", "-o", bench.output)
      let warning = "\"person\" is the only label: every image will be called person"
      #expect(alone.status == 0 && alone.messages.contains(warning), "\(alone.messages)")
      let more = try bench.file("more.txt", "ibis\n")
      let label = try bench.run(
        "label", bench.output, TinyCLIP.checkpoint, "--novel", more, "-o", bench.output)
      #expect(label.status == 0 && !label.messages.contains("only label"), "\(label.messages)")
      let removed = try Executable.mmrlRun.run(["labels", bench.output, "remove", "ibis"])
      #expect(removed.status == 0 && removed.messages.contains(warning), "\(removed.messages)")
    }
  }
}
