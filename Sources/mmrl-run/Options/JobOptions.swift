import ArgumentParser
import Classification

/// What long runs over files need.
struct JobOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Append jsonl behind what an earlier run left there.", valueName: "file"))
  var resume: String?

  @Option(
    help: ArgumentHelp("Part i of n, from 0; i may be slurm, kubernetes.", valueName: "i/n"),
    transform: ShardRequest.init(text:))
  var shard: ShardRequest?

  @Option(
    help: ArgumentHelp(
      "Class features for NumPy, a row for each record.", valueName: "file.npy"))
  var features: String?

  func validate() throws {
    for (name, value) in [("resume", resume), ("features", features)] where value == "" {
      throw ValidationError("--\(name) takes the name of a file.")
    }
    if let features, features == resume {
      throw ValidationError("--resume and --features both name \(features).")
    }
  }

  /// The options that were used.
  var given: [String] {
    [
      (resume != nil, "--resume"), (shard != nil, "--shard"), (features != nil, "--features"),
    ].filter(\.0).map(\.1)
  }
}
