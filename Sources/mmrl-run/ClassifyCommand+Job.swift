import Basics
import Classification
import Imaging
import Live
import ModelFile

extension ClassifyCommand {
  /// What an earlier run has left of the file that is to be gone on with; nil without `--resume`.
  func findJob(_ modelPath: String, shard: Shard?) throws -> Job? {
    guard let path = jobs.resume else { return nil }
    let job = try ModelOptions.read(modelPath) { model in
      try Job(
        path,
        JobDescription(
          program: Version.text, model: String(model.fingerprint, radix: 16), inputs: paths,
          options: optionsOfRecords + (shard.map { ["--shard", "\($0)"] } ?? [])),
        features: jobs.features.map { ($0, model.manifest.geometry.embedDim) })
    }
    let found = job.file.found
    if found.records > 0 {
      Message.say("\(path): goes on behind \(Decimal.counted(found.records, "record"))")
    }
    if found.remains > 0 {
      Message.say(
        "\(path): \(Decimal.counted(found.remains, "byte")) behind them are not whole and are made again"
      )
    }
    if let failure = job.file.lockFailure {
      Message.say(
        "\(path): cannot be locked (\(failure)): see to it that no other run writes it")
    }
    return job
  }

  /// The options that change which records there are or what they say, as they would be typed.
  private var optionsOfRecords: [String] {
    let style = results.style(in: .jsonl)
    var words: [String] = []
    if images.recursive { words.append("--recursive") }
    words += files.given.filter { $0 != "--max-megapixels" }
    if let limit = files.maxMegapixels { words += ["--max-megapixels", "\(limit)"] }
    if results.labels != .all { words += ["--labels", results.labels.rawValue] }
    words += names.labels.flatMap { ["--label", $0] } + names.prompt.flatMap { ["--prompt", $0] }
    if style.top != OutputFormat.jsonl.defaultTop { words += ["--top", "\(style.top)"] }
    switch results.unknown {
    case nil: break
    case .off?: words += ["--unknown", "off"]
    case .rate(let rate)?: words += ["--unknown", "\(rate)"]
    }
    words += results.thresholds.flatMap { ["--threshold", "\($0.label)=\($0.score)"] }
    if style.explains { words.append("--explain") }
    if case .fractions(let region) = parts.crop.first?.part { words += ["--crop", "\(region)"] }
    if let path = jobs.features { words += ["--features", path] }
    return words
  }
}
