/// The two kinds of adapters.
public enum AdapterMethod: String, Sendable, CaseIterable {
  /// Multi-modal representation learning (arXiv 2503.08497).
  case mmrl
  /// MMRL++ (arXiv 2505.10088): projections shared between layers, and tokens that later layers blend.
  case mmrlPlusPlus = "mmrl++"
}
