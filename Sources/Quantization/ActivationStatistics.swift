import CLIPModel
import FloatMath

/// What calibration images show of the input of one linear layer.
struct ActivationStatistics: Sendable {
  /// The largest magnitude of each channel, over all rows seen.
  private(set) var peak: [Float]
  /// The mean square of each channel.
  var meanSquare: [Float] { squares.map { Float($0 / Double(max(rows, 1))) } }
  /// Some of the rows seen, `[n, channels]`: class rows among them.
  var sample: Matrix { Matrix.stacked(samples) }

  private var squares: [Double]
  private var rows = 0
  private var samples: [Matrix] = []

  init(channels: Int) {
    peak = [Float](repeating: 0, count: channels)
    squares = [Double](repeating: 0, count: channels)
  }

  /// Takes the rows of one image, the class row first, and keeps `kept` of them, evenly spaced.
  mutating func add(_ activations: Matrix, keeping kept: Int) {
    let channels = activations.columns
    precondition(channels == peak.count)
    activations.withSpan { values in
      for row in 0..<activations.rows {
        for channel in 0..<channels {
          let value = values[row * channels + channel]
          peak[channel] = max(peak[channel], abs(value))
          squares[channel] += Double(value * value)
        }
      }
    }
    rows += activations.rows
    let count = min(kept, activations.rows)
    samples.append(
      activations.gathering(rows: (0..<count).map { $0 * activations.rows / count }))
  }

  /// Takes what others saw.
  mutating func merge(_ other: ActivationStatistics) {
    for channel in peak.indices {
      peak[channel] = max(peak[channel], other.peak[channel])
      squares[channel] += other.squares[channel]
    }
    rows += other.rows
    samples += other.samples
  }
}

/// The statistics of every linear layer of an image tower.
struct TowerStatistics: Sendable {
  /// A linear layer, by its block (from 1) and its input.
  struct Place: Hashable, Sendable {
    var layer: Int
    var input: BlockActivation
  }

  private var places: [Place: ActivationStatistics] = [:]

  // Enough rows to rank a handful of choices by their error, few enough to keep of all layers.
  private static let sampleRows = 128

  /// Takes what one of `images` images shows.
  mutating func add(layer: Int, _ input: BlockActivation, _ activations: Matrix, images: Int) {
    guard input != .output else { return }
    places[
      Place(layer: layer, input: input),
      default: ActivationStatistics(channels: activations.columns)
    ].add(activations, keeping: max(1, Self.sampleRows / images))
  }

  /// Takes what others saw.
  mutating func merge(_ other: TowerStatistics) {
    for (place, statistics) in other.places {
      if places[place]?.merge(statistics) == nil { places[place] = statistics }
    }
  }

  /// The statistics of one layer's input; nil when no image was measured.
  subscript(layer: Int, input: BlockActivation) -> ActivationStatistics? {
    places[Place(layer: layer, input: input)]
  }
}
