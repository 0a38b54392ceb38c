import Capture
import Classification
import Glibc
import Live
import NIOCore

/// All counts in Prometheus' text format, version 0.0.4.
struct MetricsText {
  /// Labels up to which each has a series.
  private static let mostLabels = 64

  private var text = ""

  init(
    _ mailbox: Mailbox, _ program: LiveServer.Program, _ counts: ServerCounts, connections: Int
  ) {
    let sources = mailbox.sources()
    let now = NIODeadline.now()
    addBuild(program, mailbox, now)
    addSources(sources)
    addAnswers(sources, mailbox.labels)
    addHistogram(
      "mmrl_result_age_seconds", "Time from a frame's capture to its result.", sources, \.age)
    addHistogram(
      "mmrl_inference_seconds", "Time of the forward pass.", sources, \.inference)
    addServer(counts, connections)
    addProcess()
  }

  /// As an answer.
  var response: Response {
    Response(type: "text/plain; version=0.0.4; charset=utf-8", text: text)
  }

  private mutating func addBuild(
    _ program: LiveServer.Program, _ mailbox: Mailbox, _ now: NIODeadline
  ) {
    family("mmrl_build_info", "gauge", "What runs.")
    sample(
      "mmrl_build_info",
      [("version", program.version), ("model", program.model), ("isa", program.instructionSet)], "1"
    )
    family("mmrl_model_info", "gauge", "The model, and how many labels it has.")
    sample(
      "mmrl_model_info", [("model", program.model), ("labels", "\(mailbox.labels.count)")], "1")
    family("mmrl_model_replacements_total", "counter", "Times the model was replaced.")
    sample("mmrl_model_replacements_total", [], "\(mailbox.replacements)")
    family("mmrl_uptime_seconds", "gauge", "Time since the start.")
    sample("mmrl_uptime_seconds", [], Self.seconds(now - mailbox.start))
  }

  /// What each source shows; nothing of many labels, of which a database would keep a series each.
  private mutating func addAnswers(_ sources: [SourceState], _ labels: [String]) {
    guard !labels.isEmpty, labels.count <= Self.mostLabels else { return }
    family("mmrl_answer", "gauge", "1 for the label that is a source's answer, else 0.")
    for source in sources {
      // A label of both sets is one answer.
      var said: Set<String> = []
      for label in labels + [Answer.unknownText] where said.insert(label).inserted {
        sample(
          "mmrl_answer", [("source", source.name), ("label", label)],
          source.answer?.text == label ? "1" : "0")
      }
    }
  }

  private mutating func addSources(_ sources: [SourceState]) {
    func counter(
      _ name: String, _ help: String, _ value: (SourceState) -> Int, in text: inout MetricsText
    ) {
      text.family(name, "counter", help)
      for source in sources { text.sample(name, [("source", source.name)], "\(value(source))") }
    }
    counter("mmrl_frames_classified_total", "Frames classified.", \.classified, in: &self)
    counter(
      "mmrl_frames_still_total", "Frames not classified since nothing had changed.", \.still,
      in: &self)
    counter(
      "mmrl_frames_dropped_total", "Frames lost, damaged, or passed over for a newer one.",
      \.dropped, in: &self)
    counter("mmrl_reconnects_total", "Times a source was opened again.", \.reconnects, in: &self)
    family("mmrl_faults_total", "counter", "Faults of a source, by kind.")
    for source in sources {
      for fault in source.faults {
        sample(
          "mmrl_faults_total", [("source", source.name), ("kind", fault.kind)], "\(fault.count)")
      }
    }
    family(
      "mmrl_frames_odd_total", "counter",
      "Frames that are odd and were shown all the same, by kind.")
    for source in sources {
      for odd in source.oddities {
        sample(
          "mmrl_frames_odd_total", [("source", source.name), ("kind", odd.kind)], "\(odd.count)")
      }
    }
    family("mmrl_source_up", "gauge", "1 while frames come, 0 while a source is away.")
    for source in sources {
      let isUp = source.health.condition == .live
      sample("mmrl_source_up", [("source", source.name)], isUp ? "1" : "0")
    }
    family("mmrl_silence_seconds", "gauge", "Time since the last frame was done with.")
    for source in sources {
      guard let last = source.health.lastFrame else { continue }
      sample("mmrl_silence_seconds", [("source", source.name)], "\(MonotonicTime.now - last)")
    }
  }

  private mutating func addHistogram(
    _ name: String, _ help: String, _ sources: [SourceState],
    _ histogram: (SourceState) -> DurationHistogram
  ) {
    family(name, "histogram", help)
    for source in sources {
      let label = ("source", source.name)
      let values = histogram(source)
      let counts = values.cumulative
      let bounds = DurationHistogram.bounds.map(\.text) + ["+Inf"]
      for (bound, count) in zip(bounds, counts) {
        sample("\(name)_bucket", [label, ("le", bound)], "\(count)")
      }
      sample("\(name)_sum", [label], "\(values.sum)")
      sample("\(name)_count", [label], "\(counts.last ?? 0)")
    }
  }

  private mutating func addServer(_ counts: ServerCounts, _ connections: Int) {
    family("mmrl_http_responses_total", "counter", "Answers of this server, by status.")
    for (code, count) in counts.answers.sorted(by: { $0.key < $1.key }) {
      sample("mmrl_http_responses_total", [("code", "\(code)")], "\(count)")
    }
    family("mmrl_http_connections", "gauge", "Open connections.")
    sample("mmrl_http_connections", [], "\(connections)")
    family("mmrl_http_evicted_total", "counter", "Connections closed since there were too many.")
    sample("mmrl_http_evicted_total", [], "\(counts.evicted)")
    family(
      "mmrl_events_skipped_total", "counter", "Events that clients of /events were too slow for.")
    sample("mmrl_events_skipped_total", [], "\(counts.skippedEvents)")
  }

  /// Under the names that Prometheus' own libraries use.
  private mutating func addProcess() {
    var time = timespec()
    if unsafe clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time) == 0 {
      family(
        "process_cpu_seconds_total", "counter", "Processor time spent, in user and system mode.")
      sample(
        "process_cpu_seconds_total", [],
        "\(Double(time.tv_sec) + (Double(time.tv_nsec) / 1e9))")
    }
    if let pages = ProcessMemory.residentPages {
      family("process_resident_memory_bytes", "gauge", "Resident memory.")
      sample("process_resident_memory_bytes", [], "\(pages * sysconf(Int32(_SC_PAGESIZE)))")
    }
  }

  // MARK: The format

  private mutating func family(_ name: String, _ type: String, _ help: String) {
    text += "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n"
  }

  private mutating func sample(_ name: String, _ labels: [(String, String)], _ value: String) {
    text += name
    if !labels.isEmpty {
      let pairs = labels.map { "\($0.0)=\"\(Self.escaped($0.1))\"" }
      text += "{\(pairs.joined(separator: ","))}"
    }
    text += " \(value)\n"
  }

  private static func escaped(_ text: String) -> String {
    var result = ""
    for character in text.unicodeScalars {
      switch character {
      case "\\": result += "\\\\"
      case "\"": result += "\\\""
      case "\n": result += "\\n"
      default: result.unicodeScalars.append(character)
      }
    }
    return result
  }

  private static func seconds(_ time: TimeAmount) -> String { "\(Double(time.nanoseconds) / 1e9)" }
}
