import CLIPModel
import Checkpoints
import Foundation
import Testing

/// The full set of reference files, when `MMRL_REFERENCE` names their folder (with `keys.txt`); figures are printed.
///
/// CI tests the same formats on small fixtures.
@Suite(.enabled(if: ReferenceFiles.folder != nil))
struct ReferenceCheckpointsTests {
  @Test(
    "Every checkpoint gives the same model",
    arguments: [
      "openai_jit.pt", "openai_jit_allhalf.pt", "state_dict_mixed.pt", "state_dict_legacy.bin",
      "hf",
      "openclip", "openclip/open_clip_model.safetensors", "openclip/custom_text.safetensors",
      "openclip/epoch_32.pt",
    ])
  func sameModel(name: String) throws {
    let folder = try #require(ReferenceFiles.folder)
    let reference = try CLIPCheckpoint(path: folder + "/state_dict_mixed.pt")
    let clip = try CLIPCheckpoint(path: folder + "/" + name)
    #expect(clip.geometry == reference.geometry)
    #expect(clip.arithmetic.imageActivation == .quickGELU)
    var largest: Float = 0
    var differing = 0
    for (tensor, _) in clip.geometry.tensorShapes {
      let values = try clip.tensor(tensor)
      for (own, other) in zip(values, try reference.tensor(tensor)) where own != other {
        largest = max(largest, abs(own - other))
        differing += 1
      }
    }
    print(
      "\(name): \(clip.file.format.rawValue), \(differing) values differ, by \(largest) at most")
    if name == "openai_jit_allhalf.pt" {
      // Its embeddings and LayerNorms are halves too: half an ulp of values below 4.
      #expect(largest <= 0x1p-10)
    } else {
      #expect(differing == 0)
    }
  }

  @Test("Names, types and shapes are those of keys.txt")
  func keys() throws {
    let folder = try #require(ReferenceFiles.folder)
    for section in try String(contentsOfFile: folder + "/keys.txt", encoding: .utf8).split(
      separator: "## ")
    {
      let lines = section.split(separator: "\n")
      let name = String(lines[0].prefix { $0 != " " })
      guard FileManager.default.fileExists(atPath: folder + "/" + name) else { continue }
      let checkpoint = try Checkpoint(path: folder + "/" + name)
      let found = checkpoint.tensors.map { "\($0.name)\t\($0.type.rawValue)\t\($0.shape)" }
      #expect(Set(found) == Set(lines.dropFirst().map(String.init)), "\(name)")
      print("\(name): \(found.count) entries as listed")
    }
  }

  @Test(
    "Published adapters hold the tensors that training left",
    arguments: ["train_MMRL", "train_MMRLpp", "train_MMRLpp_official_init"])
  func adapters(name: String) throws {
    let folder = try #require(ReferenceFiles.folder) + "/" + name
    let adapter = try AdapterTensors(path: folder + "/model.pth.tar-4")
    let figures = try Checkpoint(path: folder + "/train.safetensors")
    let clip = try CLIPCheckpoint(path: folder + "/../state_dict_mixed.pt")
    try adapter.check(fits: clip, path: folder)
    var count = 0
    for (tensor, _) in adapter.geometry.tensorShapes {
      #expect(adapter[tensor] == (try figures.floats("step20.param.\(tensor)")))
      count += adapter[tensor].count
    }
    print(
      "\(name): \(adapter.geometry.tensorShapes.count) tensors, \(count) values equal to step 20")
  }
}

/// Where the reference files are.
enum ReferenceFiles {
  static let folder = ProcessInfo.processInfo.environment["MMRL_REFERENCE"]
  static let large = ProcessInfo.processInfo.environment["MMRL_LARGE_CHECKPOINT"]
}

/// Memory for a large file, when `MMRL_LARGE_CHECKPOINT` names one (tools/make-random-clip writes some); run it alone.
@Suite(.enabled(if: ReferenceFiles.large != nil))
struct LargeCheckpointTests {
  @Test("Reading every tensor needs the memory of the largest one")
  func memory() throws {
    let path = try #require(ReferenceFiles.large)
    let before = try Self.peakKilobytes()
    let clock = ContinuousClock()
    let start = clock.now
    let clip = try CLIPCheckpoint(path: path)
    var largest = 0
    for (name, _) in clip.geometry.tensorShapes {
      largest = max(largest, try clip.tensor(name).count * 4 / 1024)
    }
    let growth = try Self.peakKilobytes() - before
    print(
      "peak memory grew by \(growth) kB; the largest tensor has \(largest) kB; \(clock.now - start)"
    )
    // The copy, and the mapped pages that it is made from.
    #expect(growth < 2 * largest + 32_768)
    print("SHA-256 \(clip.file.sha256())")
    #expect(try Self.peakKilobytes() - before < 2 * largest + 32_768)
  }

  private static func peakKilobytes() throws -> Int {
    let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
    let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") })
    return try #require(Int(line.split { !$0.isNumber }[0]))
  }
}
