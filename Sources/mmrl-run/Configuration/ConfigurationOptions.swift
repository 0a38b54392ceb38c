import ArgumentParser

/// A file that has options, and what it says of cameras.
struct ConfigurationOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Take options, and cameras, from a YAML file.", valueName: "file"))
  var config: String?

  /// The cameras of that file; it is put here with the other options, when both are made one.
  @Option(
    name: .customLong("configured-camera"), help: .private, transform: CameraSettings.init(text:))
  var cameras: [CameraSettings] = []

  func validate() throws {
    guard config != "" else { throw ValidationError("--config takes the name of a file.") }
  }
}
