import Foundation
import ModelFile
import TestSupport
import Testing

@Suite("mmrl-convert label")
struct LabelTests {
  @Test("Labels added later have the features of labels that were there from the start")
  func addedAsIfFromTheStart() throws {
    try Workbench.with { bench in
      let before = try ModelReader(path: TinyCLIP.model)
      let novel = try #require(before.manifest.labelSet(.novel)?.labels)
      let known = try #require(before.manifest.labelSet(.known))
      // All but the last two, then those two.
      let few = try bench.file("few.txt", novel.dropLast(2).joined(separator: "\n"))
      let rest = try bench.file("rest.txt", novel.suffix(2).joined(separator: "\n"))
      let fewer = try bench.run(
        "label", TinyCLIP.model, TinyCLIP.checkpoint, "--novel", few, "--replace", "-o",
        bench.output)
      #expect(fewer.status == 0, "\(fewer.messages)")
      let result = try bench.run(
        "label", bench.output, TinyCLIP.checkpoint, "--novel", rest, "-o", bench.output)
      #expect(result.status == 0, "\(result.messages)")
      #expect(try bench.written == ["out.mmrl"])

      let after = try ModelReader(path: bench.output)
      #expect(after.manifest.labelSet(.novel)?.labels == novel)
      #expect(after.manifest.labelSet(.known) == known)
      #expect(after.manifest.provenance == before.manifest.provenance)
      for tensor in before.manifest.tensors {
        guard tensor.name != "labels.novel.features" else {
          // Prompts share their rows differently in chunks of another size: not the same bits.
          for (a, b) in try zip(before.floats(tensor.name), after.floats(tensor.name)) {
            #expect(abs(a - b) < 1e-5)
          }
          continue
        }
        #expect(before.entry(tensor.name)?.checksum == after.entry(tensor.name)?.checksum)
      }
    }
  }

  @Test("Labels that are there, known ones and another checkpoint are named; nothing is written")
  func refused() throws {
    try Workbench.with { bench in
      let manifest = try ModelReader(path: TinyCLIP.model).manifest
      let novel = try #require(manifest.labelSet(.novel)?.labels.first)
      let known = try #require(manifest.labelSet(.known)?.labels.first)
      let cases: [(label: String, checkpoint: String, said: String)] = [
        (novel, TinyCLIP.checkpoint, "has \"\(novel)\" already"),
        (known.uppercased(), TinyCLIP.checkpoint, "known labels"),
        ("zebra", Workbench.otherCheckpoint, "not the checkpoint of"),
      ]
      for (label, checkpoint, said) in cases {
        let file = try bench.file("more.txt", label + "\n")
        let result = try bench.run(
          "label", TinyCLIP.model, checkpoint, "--novel", file, "-o", bench.output)
        #expect(result.status == 2)
        #expect(result.messages.contains(said), "\(result.messages)")
        #expect(try bench.written.isEmpty)
      }
    }
  }
}
