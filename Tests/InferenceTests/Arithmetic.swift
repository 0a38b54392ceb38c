import Foundation

func exponential(_ x: Double) -> Double { exp(x) }

func errorFunctionComplement(_ x: Double) -> Double { erfc(x) }

/// The cosine between vectors.
func cosine(_ a: [Double], _ b: [Double]) -> Double {
  func dot(_ x: [Double], _ y: [Double]) -> Double { zip(x, y).reduce(0) { $0 + $1.0 * $1.1 } }
  return dot(a, b) / (dot(a, a) * dot(b, b)).squareRoot()
}
