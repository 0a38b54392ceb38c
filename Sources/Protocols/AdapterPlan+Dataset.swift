public import CLIPModel
public import Training

extension AdapterPlan {
  /// A preset's plan for one of the papers' data sets, changed by options.
  ///
  /// - Parameters:
  ///   - preset: whose settings to take.
  ///   - method: MMRL or MMRL++.
  ///   - dataset: has settings of its own in the published presets; nil is any other.
  ///   - clip: the backbone.
  ///   - template: the prompt.
  ///   - options: what to change.
  public init(
    _ preset: Preset, method: AdapterMethod, dataset: Dataset?, clip: CLIPGeometry,
    template: String, options: Options = Options()
  ) {
    self.init(
      preset, method: method, published: method == .mmrl ? dataset?.mmrl : dataset?.mmrlPlusPlus,
      onImageNet: dataset?.name == "imagenet", clip: clip, template: template, options: options)
  }
}
