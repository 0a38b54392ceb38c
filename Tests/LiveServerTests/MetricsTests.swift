import Capture
import Classification
import Live
import LiveServer
import Testing

@Suite struct MetricsTests {
  private struct Sample {
    var name: String
    var labels: [String: String]
    var value: Double
  }

  /// Reads the text format as its specification says; fails on what is not in it.
  private static func parse(_ text: String) throws -> (types: [String: String], samples: [Sample]) {
    var types: [String: String] = [:]
    var helps: Set<String> = []
    var samples: [Sample] = []
    try #require(text.hasSuffix("\n"))
    for line in text.split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
      if line.hasPrefix("# ") {
        let words = line.split(separator: " ", maxSplits: 3)
        try #require(words.count == 4)
        if words[1] == "HELP" { #expect(helps.insert(String(words[2])).inserted) }
        if words[1] == "TYPE" {
          #expect(types.updateValue(String(words[3]), forKey: String(words[2])) == nil)
        }
        continue
      }
      let match = try #require(
        try #/([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? ([0-9.e+-]+|\+Inf)/#.wholeMatch(in: line),
        "\(line)")
      var labels: [String: String] = [:]
      var rest = match.2 ?? ""
      while !rest.isEmpty {
        let pair = try #require(
          try #/([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\["\\n])*)"(?:,|$)/#.prefixMatch(in: rest),
          "\(rest)")
        labels[String(pair.1)] = Self.unescaped(pair.2)
        rest = rest[pair.range.upperBound...]
      }
      let value = try #require(Double(match.3))
      samples.append(Sample(name: String(match.1), labels: labels, value: value))
    }
    // Every sample belongs to a family that was announced.
    for sample in samples {
      let family =
        ["_bucket", "_sum", "_count"].compactMap { suffix in
          sample.name.hasSuffix(suffix) ? String(sample.name.dropLast(suffix.count)) : nil
        }.first { types[$0] == "histogram" } ?? sample.name
      #expect(types[family] != nil && helps.contains(family), "\(sample.name)")
    }
    return (types, samples)
  }

  private static func unescaped(_ text: Substring) -> String {
    var result = ""
    var isEscaped = false
    for character in text {
      if isEscaped {
        result.append(character == "n" ? "\n" : character)
        isEscaped = false
      } else if character == "\\" {
        isEscaped = true
      } else {
        result.append(character)
      }
    }
    return result
  }

  @Test func isPrometheusText() throws {
    let name = "a \"quoted\" \\ path\\now\nwith lines"
    try Stage.with(sources: [name, "b"]) { stage in
      for index in 1...10 {
        stage.publish(index, age: Double(index) / 100, dropped: 2)
      }
      stage.server.note(.still(dropped: 1), of: 0)
      stage.note(.resumed(after: 1, ""))
      stage.server.modelReplaced([])
      stage.note(.fault(.damaged, ""))
      stage.note(.fault(.damaged, ""))
      stage.note(.fault(.disconnected, ""), source: 1)
      for _ in 0..<3 { stage.note(.odd(.spare)) }
      stage.note(.odd(.end))
      _ = try stage.get("/nothing")
      let answer = try stage.get("/metrics")
      #expect(answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8")
      let (types, samples) = try Self.parse(answer.text)
      func value(_ metric: String, _ labels: [String: String] = ["source": name]) -> Double? {
        samples.first { $0.name == metric && $0.labels == labels }?.value
      }
      #expect(types["mmrl_frames_classified_total"] == "counter")
      #expect(value("mmrl_frames_classified_total") == 10)
      #expect(value("mmrl_frames_classified_total", ["source": "b"]) == 0)
      #expect(value("mmrl_frames_dropped_total") == 21)
      #expect(value("mmrl_frames_still_total") == 1)
      #expect(value("mmrl_reconnects_total") == 1)
      #expect(value("mmrl_model_replacements_total", [:]) == 1)
      #expect(value("mmrl_faults_total", ["source": name, "kind": "damaged"]) == 2)
      #expect(types["mmrl_frames_odd_total"] == "counter")
      #expect(value("mmrl_frames_odd_total", ["source": name, "kind": "spare"]) == 3)
      #expect(value("mmrl_frames_odd_total", ["source": name, "kind": "end"]) == 1)
      #expect(value("mmrl_frames_odd_total", ["source": "b", "kind": "end"]) == nil)
      #expect(value("mmrl_source_up", ["source": "b"]) == 0)
      #expect(value("mmrl_http_responses_total", ["code": "404"]) == 1)
      #expect(
        value(
          "mmrl_build_info", ["version": "test 1", "model": "a \"b\" \\.mmrl", "isa": "scalar"])
          == 1)
      #expect(types["mmrl_result_age_seconds"] == "histogram")
      let buckets = samples.filter {
        $0.name == "mmrl_result_age_seconds_bucket" && $0.labels["source"] == name
      }
      // Ages of 0.01 to 0.1 s; a bound counts what equals it.
      let counts = Dictionary(
        uniqueKeysWithValues: buckets.map { ($0.labels["le"] ?? "", Int($0.value)) })
      #expect(counts["0.005"] == 0)
      #expect(counts["0.01"] == 1)
      #expect(counts["0.025"] == 2)
      #expect(counts["0.05"] == 5)
      #expect(counts["0.1"] == 10)
      #expect(counts["+Inf"] == 10)
      #expect(value("mmrl_result_age_seconds_count") == 10)
      #expect(abs(try #require(value("mmrl_result_age_seconds_sum")) - 0.55) < 1e-9)
      #expect(try #require(value("process_resident_memory_bytes", [:])) > 1e6)
      #expect(try #require(value("process_cpu_seconds_total", [:])) > 0)
    }
  }

  @Test("Of few labels each says whether it is the answer; of many none does")
  func answers() throws {
    let odd = "a \"b\"\\\n<script>"
    try Stage.with(sources: ["a", "b"], labels: ["cup", odd, "cup"]) { stage in
      func answers() throws -> [String] {
        try Self.parse(stage.get("/metrics").text).samples.filter { $0.name == "mmrl_answer" }
          .map { "\($0.labels["source"] ?? "") \($0.labels["label"] ?? "") \(Int($0.value))" }
      }
      func said(_ source: String, _ values: [Int]) -> [String] {
        zip(["cup", odd, "unknown"], values).map { "\(source) \($0) \($1)" }
      }
      #expect(try answers() == said("a", [0, 0, 0]) + said("b", [0, 0, 0]))
      stage.publish(1, label: odd, isChange: true)
      stage.publish(1, label: "cup", source: 1)
      #expect(try answers() == said("a", [0, 1, 0]) + said("b", [0, 0, 0]))
      stage.publish(2, isUnknown: true)
      #expect(try answers() == said("a", [0, 0, 1]) + said("b", [0, 0, 0]))
      // The same labels again change nothing; others have no answer yet.
      for (labels, said) in [(["cup", odd, "cup"], 1), (["cup", "saw"], 0)] {
        stage.server.modelReplaced([LabelSet(kind: .novel, labels: labels, head: .class)])
        let values = try answers().filter { $0.hasPrefix("a ") }.map { $0.hasSuffix(" 1") ? 1 : 0 }
        #expect(values.reduce(0, +) == said)
      }
      for count in [65, 64] {
        let labels = (0..<count).map { "label \($0)" }
        stage.server.modelReplaced([LabelSet(kind: .novel, labels: labels, head: .class)])
        let (_, samples) = try Self.parse(stage.get("/metrics").text)
        #expect(
          samples.first { $0.name == "mmrl_model_info" }?.labels["labels"] == "\(count)")
        #expect(samples.filter { $0.name == "mmrl_answer" }.count == (count == 64 ? 130 : 0))
      }
    }
  }
}
