import Testing
import Training

@Suite struct SettingSearchTests {
  @Test func photosAreDealtOutEvenlyAndOnce() {
    // 12 of label 0, 3 of label 1, one of label 2.
    let labels = [Int](repeating: 0, count: 12) + [1, 1, 1, 2]
    let parts = SettingSearch.deal(labels, seed: 1)
    #expect(parts.count == 4)
    #expect(parts.flatMap(\.self).sorted() == Array(0..<15))
    for part in parts {
      #expect(part.count { labels[$0] == 0 } == 3)
      #expect(part.count { labels[$0] == 1 } <= 1)
    }
    #expect(SettingSearch.deal(labels, seed: 1) == parts)
    #expect(SettingSearch.deal(labels, seed: 2) != parts)
    #expect(SettingSearch.deal([0, 1, 2], seed: 1).isEmpty)
  }

  @Test(arguments: [(40, 4), (300, 2), (1000, 1)])
  func manyPhotosNeedFewerParts(photos: Int, parts: Int) {
    let labels = (0..<photos).map { $0 % 5 }
    let dealt = SettingSearch.deal(labels, seed: 3)
    #expect(dealt.count == parts)
    #expect(dealt.allSatisfy { abs($0.count - photos / 4) <= 5 })
  }

  @Test func theFirstSettingStaysUnlessAnotherIsClearlyBetter() {
    let first = [true, true, false, false, false, false, false, false]
    var alike = first
    alike[2] = true
    #expect(SettingSearch.choice([first, alike]) == 0)  // 1 more; error 1
    var better = alike
    better[3] = true
    #expect(SettingSearch.choice([first, better]) == 1)  // 2 more; error 1.4
    #expect(SettingSearch.choice([first, alike, better, better]) == 2)
    // 2 more, but of 4 that differ.
    let noisy = [true, false, true, true, true, false, false, false]
    #expect(SettingSearch.choice([first, noisy]) == 0)
    #expect(SettingSearch.choice([better, first]) == 0)
  }

  private let clip = CLIPGeometry(
    imageSize: 64, patchSize: 8, visionWidth: 192, visionLayers: 6, visionHeads: 3,
    textWidth: 192, textLayers: 6, textHeads: 3, contextLength: 32, vocabularySize: 4096,
    embedDim: 192)

  private func candidates(
    _ preset: AdapterPlan.Preset, _ change: (inout AdapterPlan.Options) -> Void = { _ in }
  ) -> [SettingSearch.Setting] {
    var options = AdapterPlan.Options()
    change(&options)
    return SettingSearch.candidates(
      preset, method: .mmrlPlusPlus, dataset: nil, clip: clip, template: "{}", options: options)
  }

  @Test(arguments: AdapterPlan.Preset.allCases)
  func candidatesDifferAndBeginWithThePreset(preset: AdapterPlan.Preset) {
    let all = candidates(preset)
    #expect(all.count >= 4)
    #expect(
      all[0].plan
        == AdapterPlan(
          preset, method: .mmrlPlusPlus, dataset: nil, clip: clip, template: "{}"))
    for (index, setting) in all.enumerated() {
      #expect(!all[..<index].contains { $0.plan == setting.plan || $0.name == setting.name })
    }
    let layers = candidates(preset) { $0.layers = [2, 5] }
    #expect(layers.allSatisfy { $0.plan.settings.representationLayers == [2, 5] })
  }

  @Test func whatOptionsNameStays() {
    let all = candidates(.photos) {
      $0.alpha = 0.5
      $0.beta = 0.25
      $0.tokens = 2
      $0.epochs = 3
    }
    #expect(all.count >= 2)
    for setting in all {
      #expect(setting.plan.settings.alpha == 0.5 && setting.plan.settings.beta == 0.25)
      #expect(setting.plan.geometry.tokenCount == 2 && setting.plan.recipe.epochs == 3)
    }
  }
}
