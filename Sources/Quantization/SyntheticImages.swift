import FloatMath
public import Imaging

/// Images made of random numbers, to measure activations and check models with where no photos are at hand.
///
/// Natural images have spectra that fall as 1/f, edges, and differ in colour and contrast; these do too. The same
/// seed gives the same images everywhere.
public enum SyntheticImages {
  /// Square images of a side.
  public static func make(_ count: Int, size: Int, seed: Int = 1) -> [Image] {
    var random = PythonRandom(seed: seed)
    return (0..<count).map { _ in image(size, &random) }
  }

  private static func image(_ size: Int, _ random: inout PythonRandom) -> Image {
    var planes = [[Float]](repeating: [Float](repeating: 0, count: size * size), count: 3)
    let contrast = Float(30 + 60 * random.unit())
    let saturation = Float(random.unit())
    let shared = noise(size, &random)
    for channel in 0..<3 {
      let own = noise(size, &random)
      let centre = Float(70 + 115 * random.unit())
      let slope = (Float(random.unit()) - 0.5, Float(random.unit()) - 0.5)
      for y in 0..<size {
        for x in 0..<size {
          let index = y * size + x
          let ramp = (slope.0 * Float(x) + slope.1 * Float(y)) / Float(size)
          let mixed = (1 - saturation) * shared[index] + saturation * own[index]
          planes[channel][index] = centre + contrast * (mixed + ramp)
        }
      }
    }
    for _ in 0..<random.below(4) { addDisc(to: &planes, size, &random) }
    var pixels: [UInt8] = []
    pixels.reserveCapacity(3 * size * size)
    for index in 0..<size * size {
      for channel in 0..<3 { pixels.append(UInt8(max(0, min(255, planes[channel][index])))) }
    }
    return Image(width: size, height: size, pixels: pixels)
  }

  /// Octaves of smoothly interpolated random grids, amplitudes falling as 1/f; about -1...1.
  private static func noise(_ size: Int, _ random: inout PythonRandom) -> [Float] {
    var sum = [Float](repeating: 0, count: size * size)
    var cells = 2
    var amplitude: Float = 1
    while cells <= size {
      let side = cells + 1
      let grid = (0..<side * side).map { _ in Float(random.unit()) * 2 - 1 }
      for y in 0..<size {
        let (row, down) = place(y, size, cells)
        for x in 0..<size {
          let (column, right) = place(x, size, cells)
          let corner = row * side + column
          let top = grid[corner] + (grid[corner + 1] - grid[corner]) * right
          let bottom =
            grid[corner + side] + (grid[corner + side + 1] - grid[corner + side]) * right
          sum[y * size + x] += amplitude * (top + (bottom - top) * down)
        }
      }
      cells *= 2
      amplitude /= 2
    }
    return sum
  }

  /// The cell of a pixel, and how far into it the pixel is, 0...1.
  private static func place(_ pixel: Int, _ size: Int, _ cells: Int) -> (Int, Float) {
    let position = Float(pixel * cells) / Float(size)
    let cell = min(cells - 1, Int(position))
    return (cell, position - Float(cell))
  }

  /// A disc of one colour: a sharp edge.
  private static func addDisc(
    to planes: inout [[Float]], _ size: Int, _ random: inout PythonRandom
  ) {
    let centre = (random.unit() * Double(size), random.unit() * Double(size))
    let radius = (0.05 + 0.25 * random.unit()) * Double(size)
    let colour = (0..<3).map { _ in Float(255 * random.unit()) }
    for y in 0..<size {
      for x in 0..<size {
        let distance = (Double(x) - centre.0, Double(y) - centre.1)
        guard distance.0 * distance.0 + distance.1 * distance.1 < radius * radius else { continue }
        for channel in 0..<3 { planes[channel][y * size + x] = colour[channel] }
      }
    }
  }
}
