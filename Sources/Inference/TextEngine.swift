import Basics
import CKernels
public import ModelFile

/// The text tower of a model that carries one: token ids in, features of labels out.
///
/// Apart from ``Engine``, so that who only classifies neither reads nor holds it. Weights are int8,
/// activations 16 bits (two int8 products), and what rounding left of the weights is a third product: a
/// label is encoded once and its feature used for ever.
@safe
public final class TextEngine {
  /// What the model is.
  public let manifest: Manifest
  /// The tower's sizes.
  public let tower: Manifest.TextTower

  let kernels: Kernels
  let blocks: [Block]
  /// Of each block.
  let residuals: [BlockResiduals]
  let normAfter: Norm
  /// `[n, W]`.
  let position: UnsafePointer<Float>
  /// `[K, W]` for each representation layer, in the manifest's order.
  let tokens: [UnsafePointer<Float>]
  /// `[W, E]`.
  let projection: UnsafePointer<Float>

  private let model: ModelReader
  private let pool: ThreadPool
  private let tensors: PackedTensors

  /// Loads the text tower of a model.
  ///
  /// - Parameters:
  ///   - model: stays open, for the token embedding.
  ///   - instructionSet: nil for what ``InstructionSet/preferred()`` says.
  ///   - threads: nil for as many as this process may use.
  /// - Throws: ``InferenceError/noTextTower``, what is wrong with the model, or which demand this
  ///   machine cannot meet.
  public init(
    _ model: ModelReader, instructionSet: InstructionSet? = nil, threads: Int? = nil
  ) throws(InferenceError) {
    guard let tower = model.manifest.text else { throw .noTextTower }
    let set =
      if let instructionSet { instructionSet } else {
        try InstructionSet.preferred()
      }
    let manifest = model.manifest
    try Self.check(width: manifest.geometry.textWidth, tower)
    self.model = model
    self.manifest = manifest
    self.tower = tower
    kernels = try Kernels(set)
    pool = try ThreadPool(count: threads)
    // The embedding is large and few of its rows are wanted.
    let tensors = try PackedTensors(
      manifest.tensors.filter {
        $0.name.hasPrefix("text.") && !$0.name.contains(".embedding.")
          && !$0.name.hasPrefix("text.vocabulary.") && model.entry($0.name) != nil
      }, of: model, kernels: kernels, pool: pool, epsilon: tower.epsilon)
    blocks = (0..<tower.layers).map { tensors.block("text.blocks.\($0).") }
    residuals = (0..<tower.layers).map { tensors.residuals("text.residual.blocks.\($0).") }
    normAfter = tensors.norm("text.ln_final")
    unsafe position = tensors.required("text.position")
    unsafe projection = tensors.required("text.projection")
    unsafe tokens = manifest.representationLayers.map {
      unsafe tensors.required("text.tokens.\($0)")
    }
    self.tensors = tensors
  }

  /// The unit features `[E]` of texts, in their order.
  ///
  /// - Parameter ids: token ids of each text, start and end among them; what follows the end, which
  ///   is the highest id, is ignored.
  /// - Returns: a feature for each text.
  /// - Throws: when the token embedding cannot be read.
  /// - Precondition: ids are the tower's, and no text is longer than its context.
  public func features(of ids: [[Int32]]) throws(InferenceError) -> [[Float]] {
    guard !ids.isEmpty else { return [] }
    let texts = ids.map { ids in
      let end = ids.max().flatMap { ids.firstIndex(of: $0) } ?? 0
      return Array(ids.prefix(end + 1))
    }
    for text in texts {
      precondition(
        (1...tower.contextLength).contains(text.count)
          && text.allSatisfy { (0..<tower.vocabularySize).contains(Int($0)) },
        "a text that is not the tower's")
    }
    let pass = try TextPass(self, texts, embedding: embedding())
    unsafe pool.run(pass) { context, _ in
      unsafe Unmanaged<TextPass>.fromOpaque(context).takeUnretainedValue().work()
    }
    return pass.features
  }

  private func embedding() throws(InferenceError) -> TokenEmbedding {
    do throws(ModelFileError) {
      let hasResidual = model.entry("text.residual.embedding.weight") != nil
      return TokenEmbedding(
        width: manifest.geometry.textWidth,
        parts: try (["text.embedding"] + (hasResidual ? ["text.residual.embedding"] : [])).map {
          name throws(ModelFileError) in
          (try model.int8s(name + ".weight"), try model.floats(name + ".scale"))
        })
    } catch {
      throw .model(error)
    }
  }

  /// Bounds under which no 32-bit sum can overflow and every row is whole vectors.
  private static func check(
    width: Int, _ tower: Manifest.TextTower
  ) throws(InferenceError) {
    guard width.isMultiple(of: 16), width <= 8192 else {
      throw .unsupportedGeometry("text width \(width) (a multiple of 16 up to 8192 is needed)")
    }
    guard tower.mlpWidth.isMultiple(of: 16), tower.mlpWidth <= 32768 else {
      throw .unsupportedGeometry(
        "MLP width \(tower.mlpWidth) of the text tower (a multiple of 16 up to 32768 is needed)")
    }
    guard tower.contextLength <= 16384 else {
      throw .unsupportedGeometry("texts of \(tower.contextLength) tokens (at most 16384)")
    }
  }
}

/// The rows of token ids, the sum of `scale · weight` over the parts.
struct TokenEmbedding: Sendable {
  let width: Int
  /// The embedding and, where the file has it, what rounding left of it: weights `[vocabulary, W]`, scales `[vocabulary]`.
  let parts: [(weight: [Int8], scale: [Float])]

  /// Adds the row of a token.
  func add(_ id: Int32, to row: UnsafeMutablePointer<Float>) {
    let first = Int(id) * width
    for part in parts {
      let scale = part.scale[Int(id)]
      for column in 0..<width {
        unsafe row[column] += scale * Float(part.weight[first + column])
      }
    }
  }
}
