import Foundation
import TestSupport
import Testing

/// `mmrl-convert evaluate`, on small data sets of coloured images.
@Suite struct EvaluateTests {
  /// Two data sets in the shape of the papers': one to train on with 6 labels, two others to test on.
  private func withData(_ body: (String) throws -> Void) throws {
    try withTemporaryDirectory { root in
      try makeSplit(root + "/caltech-101", "split_zhou_Caltech101.json", "101_ObjectCategories", 6)
      try makeSplit(root + "/oxford_pets", "split_zhou_OxfordPets.json", "images", 3)
      try makeSplit(root + "/eurosat", "split_zhou_EuroSAT.json", "2750", 2)
      try body(root)
    }
  }

  private func makeSplit(_ folder: String, _ split: String, _ images: String, _ labels: Int) throws
  {
    var random = SplitMix64(seed: UInt64(labels))
    var parts: [String: [[Any]]] = ["train": [], "val": [], "test": []]
    try FileManager.default.createDirectory(
      atPath: "\(folder)/\(images)", withIntermediateDirectories: true)
    for label in 0..<labels {
      for photo in 0..<6 {
        let bytes = pngFile(width: 70, height: 66) { x, _ in
          let noise = UInt8(truncatingIfNeeded: random.next() & 31)
          return (UInt8(label * 40) + noise, UInt8(220 - label * 35) + noise, UInt8(x) + noise)
        }
        let name = "\(label)-\(photo).png"
        try Data(bytes).write(to: URL(fileURLWithPath: "\(folder)/\(images)/\(name)"))
        parts[photo < 4 ? "train" : "test"]?.append([name, label, "colour_\(label)"])
      }
    }
    try JSONSerialization.data(withJSONObject: parts)
      .write(to: URL(fileURLWithPath: "\(folder)/\(split)"))
  }

  private func evaluate(_ root: String, _ arguments: String...) throws -> Executable.Result {
    try Executable.mmrlConvert.run(
      ["evaluate", TinyCLIP.checkpoint, "--dataset", "caltech101", "--root", root] + arguments)
  }

  @Test func fewShotRunsEachCountAndSeed() throws {
    try withData { root in
      let (json, csv) = (root + "/t.json", root + "/t.csv")
      let run = try evaluate(
        root, "--protocol", "few-shot", "--method", "mmrl++", "--preset", "photos", "--shots",
        "1,4", "--seeds", "1,2", "--epochs", "1", "--rank", "2", "--json", json, "--csv", csv)
      #expect(run.status == 0, "\(run.messages)")
      #expect(run.lines.count == 3 && run.lines[0] == "few-shot, mmrl++, float")
      #expect(run.lines[1].hasPrefix("caltech101  all  1 shots"))
      #expect(run.lines[2].contains("(2 seeds)"))
      let rows = try String(contentsOfFile: csv, encoding: .utf8)
        .components(separatedBy: "\r\n").dropLast().map { $0.components(separatedBy: ",") }
      #expect(rows.count == 5)
      #expect(
        rows.dropFirst().map { [$0[6], $0[7], $0[8]] } == [
          ["1", "1", "12"], ["1", "2", "12"], ["4", "1", "12"], ["4", "2", "12"],
        ])
      let document = try #require(
        JSONSerialization.jsonObject(with: Data(contentsOf: URL(fileURLWithPath: json)))
          as? [String: Any])
      let settings = try #require(document["settings"] as? [String: String])
      #expect(settings["rank r"] == "2" && settings["epochs"] == "1")
      // Colours are easy: what was learnt from four photos is right on most others.
      #expect(try #require(Double(rows[3][9])) > 60)
    }
  }

  @Test(arguments: ["float", "int8"])
  func zeroShotTestsBothHalves(engine: String) throws {
    try withData { root in
      let run = try evaluate(root, "--engine", engine)
      #expect(run.status == 0, "\(run.messages)")
      #expect(run.lines[0] == "base-to-novel, zero-shot, \(engine)")
      #expect(
        run.lines.dropFirst().map { $0.split(separator: " ")[1] } == [
          "base", "novel", "harmonic",
        ])
      #expect(run.messages.contains("base: ") && run.messages.contains("of 6"))
    }
  }

  @Test func crossDatasetTestsTheOthersAndAveragesThem() throws {
    try withData { root in
      let arguments = [
        "--protocol", "cross-dataset", "--targets", "oxford_pets,eurosat", "--method", "mmrl",
        "--seeds", "1", "--shots", "2", "--engine", "int8",
      ]
      let run = try Executable.mmrlConvert.run(
        ["evaluate", TinyCLIP.checkpoint, "--dataset", "caltech101", "--root", root] + arguments)
      #expect(run.status == 0, "\(run.messages)")
      #expect(
        run.lines.dropFirst().map { $0.split(separator: " ")[0] } == [
          "caltech101", "oxford_pets", "eurosat", "average",
        ])
    }
  }

  @Test func wrongUseIsNamed() throws {
    try withData { root in
      for (arguments, words) in [
        (["--method", "zero-shot", "--alpha", "0.5"], "--alpha needs a --method that trains"),
        (["--preset", "photos"], "--preset needs a --method that trains"),
        (["--shots", "4"], "--shots needs a --method that trains"),
        (["--method", "mmrl", "--beta", "1"], "--beta belongs to --method mmrl++"),
        (["--method", "mmrl", "--seeds", "1,1"], "--seeds"),
      ] {
        let run = try Executable.mmrlConvert.run(
          ["evaluate", TinyCLIP.checkpoint, "--dataset", "caltech101", "--root", root] + arguments)
        #expect(run.status == 64)
        #expect(run.messages.contains(words), "\(run.messages)")
      }
      let missing = try evaluate(root, "--protocol", "cross-dataset")
      #expect(missing.status == 2)
      #expect(missing.messages.contains("StanfordCars is not there"), "\(missing.messages)")
      let unknown = try Executable.mmrlConvert.run(
        ["evaluate", TinyCLIP.checkpoint, "--dataset", "mnist", "--root", root])
      #expect(unknown.status == 2 && unknown.messages.contains("oxford_pets"))
    }
  }
}
