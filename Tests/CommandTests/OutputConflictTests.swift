import Foundation
import TestSupport
import Testing

@Suite("Outputs of mmrl-convert that would destroy an input")
struct OutputConflictTests {
  @Test("A list of labels, a checkpoint, an adapter are no place for the result")
  func inputs() throws {
    try Workbench.with { bench in
      let labels = try bench.file("labels.txt", "cat\ndog\n")
      let checkpoint = bench.folder + "/clip.pt"
      try FileManager.default.copyItem(atPath: TinyCLIP.checkpoint, toPath: checkpoint)
      let link = bench.folder + "/link.txt"
      try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: labels)
      let runs = [
        [checkpoint, "--known", labels, "-o", labels],
        [checkpoint, "--known", link, "-o", bench.folder + "/../" + labels.lastComponents(2)],
        [checkpoint, "--known", labels, "-o", checkpoint],
        ["encode", checkpoint, "--texts", labels, "-o", labels],
        ["label", Workbench.goldenModel, checkpoint, "--novel", labels, "-o", labels],
      ]
      for arguments in runs {
        let result = try Executable.mmrlConvert.run(arguments)
        #expect(result.status == 64, "\(arguments): \(result.messages)")
        #expect(result.messages.contains("is a file that is read"))
      }
      #expect(try String(contentsOfFile: labels, encoding: .utf8) == "cat\ndog\n")
    }
  }

  @Test("Two results need two names")
  func outputs() throws {
    try Workbench.with { bench in
      let result = try bench.run(
        TinyCLIP.checkpoint, "--train", bench.photos, "-o", bench.output, "--report", bench.output)
      #expect(result.status == 64)
      #expect(result.messages.contains("--output and --report both name"))
    }
  }
}

extension String {
  /// The last names of a path.
  fileprivate func lastComponents(_ count: Int) -> String {
    split(separator: "/").suffix(count).joined(separator: "/")
  }
}
