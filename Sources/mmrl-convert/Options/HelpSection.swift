import ArgumentParser

/// The titles of the help's sections: ArgumentParser puts those without a title last.
enum HelpSection {
  static let files = "Input and output"
  static let training = "With --train"
  static let quantisation = "Quantisation"
  /// What only readers of the papers will want to change: the last one of each command.
  static let papers = "Settings of the papers"
}

extension NameSpecification {
  /// Of each command but the root, which leaves `--help` to the default one.
  static let help: NameSpecification = [.short, .long]
}
