import ArgumentParser
import CLIPModel

/// The model to make.
struct ExportOptions: ParsableArguments {
  @Option(
    name: [.short, .customLong("output")],
    help: ArgumentHelp("The model to write.", valueName: "model.mmrl"))
  var output: String

  @Option(
    help: """
      The prompt, {} stands for the label; else the adapter's or the data set's, else \
      "\(LabelPrompts.defaultTemplate)"
      """)
  var template: String?

  @Option(help: "Mean cosine of int8 features to float ones below which nothing is written.")
  var leastCosine = 0.99

  @Option(help: ArgumentHelp("A text file of the terms of use.", valueName: "file"))
  var licence: String?

  func validate() throws {
    if let template, !template.contains(LabelPrompts.placeholder) {
      throw ValidationError("--template needs {} where the label goes.")
    }
    guard (0...1).contains(leastCosine) else {
      throw ValidationError("--least-cosine takes 0 to 1.")
    }
  }

  /// The terms of use.
  func readLicence() throws -> String? { try licence.map(TextFile.read) }
}
