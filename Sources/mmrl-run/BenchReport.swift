import Basics
import Glibc
import Inference
import ModelFile

/// What `mmrl-run bench` prints.
struct BenchReport {
  let engine: Engine
  let batch: Int
  let load: Duration
  let peak: (one: Double, all: Double)
  /// Ascending.
  let times: [Duration]
  let profile: Profile?
  let profiledPasses: Int

  private var median: Double { milliseconds(times[times.count / 2]) }
  private var p99: Double { milliseconds(times[min(times.count - 1, times.count * 99 / 100)]) }
  private var imagesPerSecond: Double {
    Double(batch * times.count) / (times.reduce(.zero, +) / .seconds(1))
  }

  /// Multiply-accumulates of the plain tower without tokens or shortcuts, an image.
  private var nominal: Double {
    let geometry = engine.manifest.geometry
    let rows = geometry.patches + 1
    let linear = rows * geometry.width * (4 * geometry.width + 2 * geometry.mlpWidth)
    let attention = 2 * rows * rows * geometry.width
    let patch = geometry.patches * 3 * geometry.patchSize * geometry.patchSize * geometry.width
    return Double(geometry.layers * (linear + attention) + patch)
  }

  private var rate: Double { nominal * Double(batch) / (median / 1000) }

  private var peakMemory: Double {
    var usage = rusage()
    unsafe getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return Double(usage.ru_maxrss) / 1024
  }

  /// Lines that fit the terminal's columns; nil is a file.
  func text(width: Int?) -> String {
    let geometry = engine.manifest.geometry
    var lines = [
      "\(geometry.imageSize) px, patch \(geometry.patchSize), width \(geometry.width), "
        + "\(geometry.layers) blocks, \(engine.manifest.method.rawValue)"
        + (geometry.tokenCount > 0 ? ", \(geometry.tokenCount) tokens" : ""),
      "\(engine.instructionSet), threads \(engine.threads), batch \(batch), "
        + "\(times.count) passes",
      "loaded in \(fixed(milliseconds(load), 0)) ms, weights "
        + "\(fixed(Double(engine.weightBytes) / 1e6, 1)) MB, peak memory "
        + "\(fixed(peakMemory, 1)) MiB",
      "peak of the processor: \(giga(peak.one)) GMAC/s on one thread, \(giga(peak.all)) on "
        + "\(engine.threads)",
      "",
      "median \(fixed(median, 2)) ms, p99 \(fixed(p99, 2)) ms, "
        + "\(fixed(imagesPerSecond, 1)) images/s",
      "\(fixed(nominal / 1e9, 2)) GMAC an image (plain tower): \(giga(rate)) GMAC/s, "
        + "\(fixed(100 * rate / peak.all, 1)) % of the peak",
      "",
      row("stage", ["ms", "% of time", "GMAC", "GMAC/s", "% of peak"], width),
    ]
    for stage in Stage.allCases { lines += [line(stage, width)].compactMap { $0 } }
    lines += [
      "", "ms: an image's share, mean over threads; GMAC: products done, shortcuts taken",
      "wait: for threads that are late, and doing products of theirs meanwhile",
    ]
    return lines.map { $0.wrapped(to: width, indent: 2) }.joined(separator: "\n")
  }

  private func line(_ stage: Stage, _ width: Int?) -> String? {
    guard let profile else { return nil }
    let images = Double(profiledPasses * batch)
    let time = milliseconds(profile.duration(stage)) / images
    let total = Stage.allCases.reduce(0.0) { $0 + milliseconds(profile.duration($1)) } / images
    let products = Double(profile.products(stage)) / images
    let rate = products / (time / 1000)
    return row(
      "\(stage)",
      [
        fixed(time / Double(engine.threads), 2), fixed(100 * time / total, 1),
        products > 0 ? fixed(products / 1e9, 3) : "", products > 0 ? giga(rate) : "",
        products > 0 ? fixed(100 * rate / peak.one, 1) : "",
      ], width)
  }

  var json: String {
    let stages = Stage.allCases.compactMap { stage in
      profile.map {
        "\"\(stage)\": \(milliseconds($0.duration(stage)) / Double(profiledPasses * batch))"
      }
    }
    return "{\"isa\": \"\(engine.instructionSet)\", \"threads\": \(engine.threads), "
      + "\"batch\": \(batch), \"median_ms\": \(median), \"p99_ms\": \(p99), "
      + "\"images_per_s\": \(imagesPerSecond), \"gmac_per_s\": \(rate / 1e9), "
      + "\"peak_gmac_per_s\": \(peak.all / 1e9), \"peak_memory_mib\": \(peakMemory), "
      + "\"load_ms\": \(milliseconds(load)), \"thread_ms\": {\(stages.joined(separator: ", "))}}"
  }

  /// A row of the table; columns that there is no room for are left out, the last first.
  private func row(_ name: String, _ cells: [String], _ width: Int?) -> String {
    let (first, cell) = (14, 11)
    let count = width.map { max(1, ($0 - first) / cell) } ?? cells.count
    return name.padded(to: first)
      + cells.prefix(count).map { $0.padded(fromLeftTo: cell) }.joined()
  }

  private func milliseconds(_ duration: Duration) -> Double { duration / .milliseconds(1) }
  private func fixed(_ value: Double, _ decimals: Int) -> String {
    Decimal.fixed(value, decimals)
  }
  private func giga(_ value: Double) -> String { fixed(value / 1e9, 1) }
}
