import ArgumentParser

/// Which label sets to score.
enum LabelSelection: String, ExpressibleByArgument, CaseIterable {
  /// Those trained on, by the fusion of both heads.
  case known
  /// Those not trained on, by the class head.
  case novel
  /// Both, side by side.
  case all
}
