import ArgumentParser

/// What encodes images, as options name it.
enum EngineKind: String, CaseIterable, ExpressibleByArgument {
  case float, int8
}
