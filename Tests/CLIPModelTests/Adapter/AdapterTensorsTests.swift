import CLIPModel
import Checkpoints
import Foundation
import TestSupport
import Testing

struct AdapterTensorsTests {
  static let fixtures = CLIPCheckpointTests.fixtures

  /// The trainers' files in small (tools/shrink-checkpoints): three layers, K = 5, d = 48.
  static func geometry(_ method: AdapterMethod) -> AdapterGeometry {
    AdapterGeometry(
      method: method, layerCount: 3, tokenCount: 5, spaceWidth: 48, visionWidth: 64, textWidth: 64,
      embedDim: 48, rank: method == .mmrl ? 0 : 4, projectionRank: method == .mmrl ? 0 : 16)
  }

  @Test(
    "Published files are read, whatever else the trainer left in them",
    arguments: [("mmrl.pth.tar-4", AdapterMethod.mmrl), ("mmrlpp.pth.tar-4", .mmrlPlusPlus)])
  func published(file: String, method: AdapterMethod) throws {
    let adapter = try AdapterTensors(path: Self.fixtures + file)
    #expect(adapter.geometry == Self.geometry(method))
    #expect(adapter.settings == nil && adapter.notes.isEmpty)
    let stored = try Checkpoint(path: Self.fixtures + file)
    for (name, _) in adapter.geometry.tensorShapes {
      #expect(try adapter[name] == stored.floats("state_dict.\(name)"))
      #expect(adapter[name].contains { $0 != 0 }, "\(name)")
    }
    try adapter.check(fits: CLIPCheckpoint(path: Self.fixtures + "state-dict.pt"), path: file)
  }

  @Test("Published sizes: scalars trained at ViT-B/16")
  func scalars() {
    func count(_ method: AdapterMethod, _ rank: Int, _ projectionRank: Int) -> Int {
      AdapterGeometry(
        method: method, layerCount: 7, tokenCount: 5, spaceWidth: 512, visionWidth: 768,
        textWidth: 512, embedDim: 512, rank: rank, projectionRank: projectionRank
      ).tensorShapes.reduce(0) { $0 + $1.shape.reduce(1, *) }
    }
    #expect(count(.mmrl, 0, 0) == 4_992_256)
    #expect(count(.mmrlPlusPlus, 4, 64) == 813_312)
  }

  @Test(
    "Ours is written and read with settings and notes",
    arguments: [AdapterMethod.mmrl, .mmrlPlusPlus])
  func roundTrip(method: AdapterMethod) throws {
    let adapter = Self.random(method)
    try withTemporaryDirectory { folder in
      let path = folder + "/adapter.safetensors"
      try adapter.write(to: path)
      #expect(try AdapterTensors(path: path) == adapter)
    }
  }

  @Test("Another CLIP is noticed by its widths and by its class embedding")
  func wrongCLIP() throws {
    let clip = try CLIPCheckpoint(path: Self.fixtures + "state-dict.pt")
    var adapter = try AdapterTensors(path: Self.fixtures + "mmrl.pth.tar-4")
    let half = try CLIPCheckpoint(path: Self.fixtures + "openai-half.pt")
    #expect(try half.tensor("visual.class_embedding") != adapter.classEmbedding)
    try adapter.check(fits: half, path: "a")
    adapter.classEmbedding?[3] += 0.01
    #expect(throws: CLIPError.self) { try adapter.check(fits: clip, path: "a") }
    var geometry = Self.geometry(.mmrl)
    geometry.textWidth = 32
    let narrow = AdapterTensors(geometry: geometry, values: Self.values(geometry), settings: nil)
    let error = try #require(throws: CLIPError.self) { try narrow.check(fits: clip, path: "a") }
    #expect("\(error)".contains("text tower"), "\(error)")
  }

  @Test(
    "Settings that make no sense are refused",
    arguments: [
      ["layers": "1,2"], ["layers": "3,2,1"], ["layers": "0,1,2"], ["layers": "a,b,c"],
      ["alpha": "1.5"],
      ["alpha": "nan"], ["beta": ""], ["version": "2"],
    ])
  func wrongSettings(change: [String: String]) throws {
    let adapter = Self.random(.mmrl)
    try withTemporaryDirectory { folder in
      let path = folder + "/adapter.safetensors"
      try adapter.write(to: path)
      let metadata = try Checkpoint(path: path).metadata.merging(change) { $1 }
      try Checkpoint.write(Self.tensors(adapter), metadata: metadata, to: path)
      #expect(throws: CLIPError.self) { try AdapterTensors(path: path) }
    }
  }

  @Test("Tensors that are missing, misshaped or not finite are refused")
  func wrongTensors() throws {
    let tensors = Self.tensors(Self.random(.mmrlPlusPlus))
    try withTemporaryDirectory { folder in
      let path = folder + "/adapter.safetensors"
      for index in tensors.indices {
        var less = tensors
        less.remove(at: index)
        try Checkpoint.write(less, to: path)
        #expect(throws: CLIPError.self, "without \(tensors[index].name)") {
          try AdapterTensors(path: path)
        }
        var other = tensors
        other[index] = NamedTensor(other[index].name, shape: [1, 1, 1], values: [0])
        try Checkpoint.write(other, to: path)
        #expect(throws: CLIPError.self, "\(tensors[index].name)") { try AdapterTensors(path: path) }
        other = tensors
        other[index].values[0] = .nan
        try Checkpoint.write(other, to: path)
        #expect(throws: CLIPError.self, "\(tensors[index].name)") { try AdapterTensors(path: path) }
      }
    }
    #expect(throws: CLIPError.self) { try AdapterTensors(path: Self.fixtures + "state-dict.pt") }
  }

  private static func values(_ geometry: AdapterGeometry) -> [String: [Float]] {
    var random = SplitMix64(seed: 9)
    return Dictionary(
      uniqueKeysWithValues: geometry.tensorShapes.map { name, shape in
        (name, (0..<shape.reduce(1, *)).map { _ in random.normal() })
      })
  }

  private static func random(_ method: AdapterMethod) -> AdapterTensors {
    AdapterTensors(
      geometry: geometry(method), values: values(geometry(method)),
      settings: AdapterSettings(
        representationLayers: [2, 3, 5], alpha: 0.7, beta: method == .mmrl ? 1 : 0.3,
        template: "a photo of a {}, \"é\"."),
      notes: ["seed": "1"], classEmbedding: [1, 2, 3])
  }

  private static func tensors(_ adapter: AdapterTensors) -> [NamedTensor] {
    adapter.geometry.tensorShapes.map {
      NamedTensor($0.name, shape: $0.shape, values: adapter[$0.name])
    }
  }
}
