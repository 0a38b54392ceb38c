import CLIPModel
import FloatMath

/// Representation tokens that begin as what photos look like inside the frozen tower.
///
/// Published adapters begin with random tokens, which learn to look at images during training. On a weak backbone and a few
/// photos that takes longer than the photos last. Tokens at the centres of the patch rows of the shots attend to images from
/// the first step on: the representation feature then knows of the patches what the class feature does not.
extension Adapter {
  /// How much longer than a centre a token is.
  ///
  /// Attention normalises a token, so length does not change what it looks at; but what it has seen is added to it, and a
  /// longer one passes that on more linearly. Twice was best for a discriminant of the features on photos held out of
  /// Caltech-101's training photos (of 0.05, 0.3, 1, 2, 3, 4 and 8).
  private static let tokenLength: Float = 2

  /// Sets the image tower's tokens so that each layer's projected tokens are centres of the patch rows at its input, lengthened.
  ///
  /// Tokens and text side stay as they are: the image projection takes the difference, exactly at the first representation
  /// layer; at later layers the mean follows that layer's rows. MMRL's representation projection becomes the frozen one.
  ///
  /// - Parameters:
  ///   - prefix: gives the rows of some photos at the input of a layer, `[B · N, W]`, with at least K patches in all.
  ///   - clip: the backbone.
  ///   - seed: of the choice of first centres.
  mutating func begin(with prefix: (Int) -> Matrix, of clip: FloatCLIP, seed: Int) {
    let rowCount = clip.geometry.patches + 1
    let isPlusPlus = geometry.method == .mmrlPlusPlus
    let space = tensors["representation_learner.compound_rep_tokens"]
    var deviations: Matrix?
    for (index, layer) in settings.representationLayers.enumerated() {
      let rows = prefix(layer)
      let patches = rows.gathering(rows: (0..<rows.rows).filter { $0 % rowCount != 0 })
      var mean = patches.columnSums
      mean.scale(by: Self.tokenLength / Float(patches.rows))
      let base = "representation_learner."
      let bias =
        base
        + (isPlusPlus
          ? "srra_r2vproj.srra.\(index).bias" : "compound_rep_tokens_r2vproj.\(index).bias")
      tensors[bias] = mean
      guard deviations == nil || !isPlusPlus else { continue }
      var own = KMeans.of(patches, count: geometry.tokenCount, seed: seed)
      own.scale(by: Self.tokenLength)
      own.add(mean.gathering(rows: [Int](repeating: 0, count: own.rows)), scale: -1)
      deviations = own
      let weight =
        base + (isPlusPlus ? "srra_r2vproj.weight" : "compound_rep_tokens_r2vproj.\(index).weight")
      tensors[weight] = tensors[weight].fitted(to: own, of: space)
    }
    if !isPlusPlus { tensors["image_encoder.proj_rep"] = clip.images.tower.projection }
  }
}

extension Matrix {
  /// The matrix `[W, d]` nearest to this one that maps every row of `inputs` `[K, d]` to its row of `outputs` `[K, W]`.
  fileprivate func fitted(to outputs: Matrix, of inputs: Matrix) -> Matrix {
    var residual = outputs
    residual.add(Matrix.product(inputs, .plain, self, .transposed), scale: -1)
    let gram = Matrix.product(inputs, .plain, inputs, .transposed).elements.map(Double.init)
    let factor = Cholesky(gram, size: inputs.rows)
    let source = inputs.elements
    let columnsOfInputs = (0..<columns).flatMap { column in
      (0..<inputs.rows).map { Double(source[$0 * columns + column]) }
    }
    let solved = Matrix(
      rows: columns, columns: inputs.rows, factor.solve(columnsOfInputs).map(Float.init))
    var result = self
    result.addProduct(residual, .transposed, solved, .transposed)
    return result
  }
}

/// k-means: centres of the rows of a matrix, by Lloyd's algorithm.
enum KMeans {
  /// At most so many rows are looked at, evenly spaced.
  private static let rowLimit = 20_000
  private static let rounds = 15

  /// The centres `[count, W]` of rows `[N, W]`; the same seed gives the same centres.
  ///
  /// - Precondition: there are at least `count` rows.
  static func of(_ all: Matrix, count: Int, seed: Int) -> Matrix {
    precondition(all.rows >= count, "as many rows as centres")
    let step = max(1, all.rows / rowLimit)
    let rows = step == 1 ? all : all.gathering(rows: Array(stride(from: 0, to: all.rows, by: step)))
    var random = PythonRandom(seed: seed)
    var centres = rows.gathering(rows: random.sample(Array(0..<rows.rows), min(count, rows.rows)))
    for _ in 0..<rounds {
      // Nearest by distance: largest of 2 x c - |c|².
      var scores = Matrix.product(rows, .plain, centres, .transposed)
      let norms = (0..<centres.rows).map { centre in
        centres[rows: centre..<centre + 1].elements.reduce(0) { $0 + $1 * $1 }
      }
      scores.withMutableSpan { scores in
        for index in 0..<scores.count {
          scores[index] = 2 * scores[index] - norms[index % norms.count]
        }
      }
      let nearest = scores.largestColumns
      var sums = Matrix(rows: centres.rows, columns: rows.columns)
      sums.add(rows, toRows: nearest)
      var counts = [Int](repeating: 0, count: centres.rows)
      for centre in nearest { counts[centre] += 1 }
      let columns = rows.columns
      let old = centres.elements
      centres = sums
      centres.withMutableSpan { centres in
        for index in 0..<centres.count {
          let members = counts[index / columns]
          // A centre that nothing is nearest to stays where it was.
          centres[index] = members == 0 ? old[index] : centres[index] / Float(members)
        }
      }
    }
    return centres
  }
}
