public import ModelFile

extension SettingSearch {
  /// A preset's plan, and a few others that differ in what matters most: lambda, alpha, the layers, beta.
  ///
  /// What the options name stays as it is in all of them.
  ///
  /// - Parameters:
  ///   - preset: whose plan comes first.
  ///   - method: `.mmrl` or `.mmrlPlusPlus`.
  ///   - dataset: has settings of its own in the published presets; nil is any other.
  ///   - clip: the backbone.
  ///   - template: the prompt.
  ///   - options: what is settled.
  /// - Returns: settings that differ from each other; only the first where the options leave nothing open.
  public static func candidates(
    _ preset: AdapterPlan.Preset, method: Manifest.Method, dataset: Dataset?, clip: CLIPGeometry,
    template: String, options: AdapterPlan.Options
  ) -> [Setting] {
    func plan(_ change: (inout AdapterPlan.Options) -> Void) -> AdapterPlan {
      var others = options
      change(&others)
      return AdapterPlan(
        preset, method: method, dataset: dataset, clip: clip, template: template, options: others)
    }
    let first = plan { _ in }
    let lambda = first.recipe.regularization / 10
    let alpha: Float = first.settings.alpha < 0.5 ? 0.7 : 0.3
    let beta: Float = first.settings.beta > 0.5 ? 0.3 : 0.9
    var settings = [
      Setting("preset \(preset.rawValue)", first),
      Setting("lambda \(lambda)", plan { $0.regularization = $0.regularization ?? lambda }),
      Setting("alpha \(alpha)", plan { $0.alpha = $0.alpha ?? alpha }),
    ]
    let layers = AdapterSettings.defaultLayers(clip)
    if first.settings.representationLayers == layers {
      settings.append(Setting("beta \(beta)", plan { $0.beta = $0.beta ?? beta }))
    } else if options.layers == nil {
      // A single layer has no use for beta: tokens of an earlier one are what it blends with.
      for beta: Float in [0.9, 0.4] {
        settings.append(
          Setting(
            "the papers' layers " + layers.map(String.init).joined(separator: ",")
              + (method == .mmrlPlusPlus ? ", beta \(options.beta ?? beta)" : ""),
            plan {
              $0.layers = layers
              $0.tokens = $0.tokens ?? 5
              $0.alpha = $0.alpha ?? 0.7
              $0.beta = $0.beta ?? beta
              $0.regularization = $0.regularization ?? 1
            }))
      }
    }
    var different: [Setting] = []
    for setting in settings where !different.contains(where: { $0.plan == setting.plan }) {
      different.append(setting)
    }
    return different
  }
}
