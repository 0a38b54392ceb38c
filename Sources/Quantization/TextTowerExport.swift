public import CLIPModel
import FloatMath
import ModelFile
public import Tokenization

/// A CLIP's text tower and tokenizer on their way into a model file, so that labels can be added without the checkpoint.
public struct TextTowerExport: Sendable {
  private let checkpoint: CLIPCheckpoint
  private let vocabulary: VocabularyTable
  private let cleaning: TextCleaning

  /// What is to be written.
  ///
  /// - Precondition: the tokenizer is the checkpoint's.
  public init(_ checkpoint: CLIPCheckpoint, _ tokenizer: Tokenizer) {
    precondition(tokenizer.vocabularySize == checkpoint.geometry.vocabularySize)
    self.checkpoint = checkpoint
    vocabulary = tokenizer.vocabulary.table
    cleaning = tokenizer.cleaning
  }

  /// What the manifest says of the tower.
  var manifest: Manifest.TextTower {
    let geometry = checkpoint.geometry
    return Manifest.TextTower(
      layers: geometry.textLayers, heads: geometry.textHeads, mlpWidth: geometry.textMLPWidth,
      contextLength: geometry.contextLength, vocabularySize: geometry.vocabularySize,
      activation: Manifest.Activation(checkpoint.arithmetic.textActivation),
      tokenizer: Manifest.Tokenizer(
        cleaning: Manifest.Tokenizer.Cleaning(cleaning), start: vocabulary.start,
        end: vocabulary.end, merges: vocabulary.merges.count / 3),
      epsilon: Manifest.stored(epsilon: checkpoint.arithmetic.textEpsilon))
  }

  /// Writes the tensors, one block in memory at a time.
  ///
  /// - Throws: what reading and writing tensors throw.
  func write(
    to writer: inout ModelWriter, workers: Workers,
    _ onProgress: (ExportProgress) -> Void = { _ in }
  ) throws {
    let geometry = checkpoint.geometry
    let width = geometry.textWidth
    try writer.add("text.vocabulary.bytes", shape: [2, 256], vocabulary.bytes)
    try writer.add(
      "text.vocabulary.merges", shape: [vocabulary.merges.count / 3, 3], vocabulary.merges)
    let size = geometry.vocabularySize
    let rows = Matrix(
      rows: size, columns: width, try checkpoint.tensor("token_embedding.weight"))
    let embedding = QuantizedLinear(
      weight: rows, bias: [Float](repeating: 0, count: size), workers: workers)
    try writer.add(matrix: "text.embedding", embedding)
    try writer.add(matrix: "text.residual.embedding", embedding.residual(of: rows))
    try writer.add(
      "text.position", shape: [geometry.contextLength, width],
      try checkpoint.tensor("positional_embedding"))
    for layer in 1...geometry.textLayers {
      // Activations have 16 bits there: nothing is gained by moving their range into the weights.
      let block = try BlockExport(
        .text, layer: layer, of: checkpoint, TowerStatistics(), workers: workers)
      try block.write(to: &writer, block: layer - 1)
      onProgress(ExportProgress(stage: .textBlocks, done: layer, total: geometry.textLayers))
    }
    try writer.add(
      norm: "text.ln_final",
      (try checkpoint.tensor("ln_final.weight"), try checkpoint.tensor("ln_final.bias")))
    try writer.add(
      "text.projection", shape: [width, geometry.embedDim],
      try checkpoint.tensor("text_projection"))
  }
}
