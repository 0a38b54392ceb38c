import ArgumentParser
import CLIPModel
import Imaging

/// The model to make.
struct OutputOptions: ParsableArguments {
  @Option(
    name: [.short, .customLong("output")],
    help: ArgumentHelp("The model to write.", valueName: "model.mmrl"))
  var output: String

  @Option(
    help: ArgumentHelp(
      "The prompt; {} is the label. Else the adapter's, else \"\(LabelPrompts.defaultTemplate)\"",
      valueName: "text"))
  var template: String?

  @Option(
    help: ArgumentHelp("A text file of the terms of use, kept in the model.", valueName: "file"))
  var licence: String?

  @Option(
    help: ArgumentHelp(
      "Look at this part of images only, in fractions.", valueName: "x,y,w,h"),
    transform: Self.region)
  var crop: ImageRegion?

  @Flag(help: "Keep the text tower: mmrl-run can add labels.")
  var withText = false

  private static func region(_ text: String) throws -> ImageRegion {
    guard let region = ImageRegion(text) else {
      throw ValidationError(
        "It is left, top, width and height: fractions inside 0 to 1, the sides \(ImageRegion.leastSide) or more, as "
          + "0.25,0.25,0.5,0.5.")
    }
    return region
  }

  func validate() throws {
    if let template, !template.contains(LabelPrompts.placeholder) {
      throw ValidationError("--template needs {} where the label goes.")
    }
  }
}

/// The quantisation, and how close the int8 model has to be to the float one.
struct QuantisationOptions: ParsableArguments {
  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "Images to tune and check the int8 model with; else synthetic ones.",
      valueName: "files or folders"))
  var calibration: [String] = []

  @Option(
    help: ArgumentHelp(
      "The lowest mean cosine of int8 features to float ones; below, nothing is written.",
      valueName: "0-1"))
  var leastCosine = 0.99

  @Flag(help: "Write the model even if it fails its check.")
  var allowInaccurate = false

  func validate() throws {
    guard (0...1).contains(leastCosine) else {
      throw ValidationError("--least-cosine takes 0 to 1.")
    }
  }
}

extension ModelOutput {
  /// The model that options ask for.
  init(_ output: OutputOptions, _ quantisation: QuantisationOptions) {
    self.init(
      path: output.output, template: output.template, licence: output.licence,
      region: output.crop, withText: output.withText,
      leastCosine: quantisation.allowInaccurate ? nil : quantisation.leastCosine)
  }
}
