import Checkpoints
import FoundationEssentials
import Training

extension TrainingRun {
  /// What `--auto` found.
  struct Choice {
    /// What to train on all shots.
    let setting: SettingSearch.Setting
    /// A way to classify and the checked photos that it got right, those without training first.
    let tried: [(name: String, hits: [Bool])]
    /// How many of `tried` need no training.
    let baselines: Int

    /// What needs no training and got more of the checked photos right than the setting.
    var betterBaselines: [(name: String, hits: [Bool])] {
      let own = tried.first { $0.name == setting.name }.map { $0.hits.count { $0 } } ?? 0
      return tried.prefix(baselines).filter { $0.hits.count { $0 } > own }
    }
  }

  /// Which photos were got right so far, by part and name.
  struct Record {
    fileprivate var hits: [String: [Bool]] = [:]
  }

  private var recordPath: String { state + "-choice" }

  /// Trains each setting on parts of the shots, checks it on the others, and returns what does best.
  func choose(
    among settings: [SettingSearch.Setting], _ search: SettingSearch, _ training: PhotoTraining
  ) throws -> Choice {
    var record = try readRecord()
    let names = training.baselines().map(\.name)
    if record.hits.isEmpty { try announceCost(of: settings, search, training) }
    let start = ContinuousClock.now
    let total = search.parts.count * settings.count
    var done = 0
    for part in search.parts.indices {
      let keys = (names + settings.map(\.name)).map { key(part, $0) }
      if keys.allSatisfy({ record.hits[$0] != nil }) { continue }
      let run = try search.training(without: part)
      for baseline in run.baselines() {
        record.hits[key(part, baseline.name)] = baseline.scores?.hits ?? []
      }
      for (index, setting) in settings.enumerated() {
        if record.hits[key(part, setting.name)] != nil { continue }
        let what =
          "setting \(index + 1) of \(settings.count), part \(part + 1) of \(search.parts.count)"
        var meter = ProgressMeter(
          epochs: setting.plan.recipe.epochs(photos: run.data.shots.labels.count), isQuiet: true,
          prefix: what + ": ")
        let path = "\(state)-\(index + 1)-\(part + 1)"
        var facts = facts
        facts.values["setting"] = setting.name
        let outcome = try train(run, setting.plan, state: path, facts: facts) { meter.step($0, $1) }
        record.hits[key(part, setting.name)] = outcome.scores?.hits ?? []
        try write(record)
        try? FileManager.default.removeItem(atPath: path)
        done += 1
        let before = part * settings.count + index + 1 - done
        let pace = (ContinuousClock.now - start) / .seconds(1) / Double(done)
        Terminal.progress(
          "\(what) (\(setting.name)): \(outcome.scores?.correct ?? 0) of \(outcome.scores?.total ?? 0) right, "
            + "\(Terminal.duration(seconds: pace * Double(total - before - done))) left",
          isLast: true)
      }
    }
    return choice(settings, search, names, record)
  }

  private func announceCost(
    of settings: [SettingSearch.Setting], _ search: SettingSearch, _ training: PhotoTraining
  ) throws {
    Message.say("timing a step of each setting")
    let seconds = try search.seconds(settings.map(\.plan))
    let minutes = max(1, Int((seconds / 60).rounded(.up)))
    let shots = training.data.shots.labels.count
    let checked = search.parts.reduce(0) { $0 + $1.count }
    Message.say(
      "trying \(settings.count) settings, each checked on \(checked) of the \(shots) photos in "
        + "\(search.parts.count) part\(search.parts.count == 1 ? "" : "s") after learning from the "
        + "others, then training with the best: about \(minutes) min in all "
        + "(Ctrl-C stops, --resume goes on)")
  }

  private func choice(
    _ settings: [SettingSearch.Setting], _ search: SettingSearch, _ baselines: [String],
    _ record: Record
  ) -> Choice {
    let tried = (baselines + settings.map(\.name)).map { name in
      (name: name, hits: search.parts.indices.flatMap { record.hits[key($0, name)] ?? [] })
    }
    for (name, hits) in tried {
      Message.say("checked photos: \(hits.count { $0 }) of \(hits.count) right  \(name)")
    }
    let chosen = SettingSearch.choice(tried.dropFirst(baselines.count).map(\.hits))
    Message.say(
      "chosen: \(settings[chosen].name)"
        + (chosen == 0 ? " (no other setting is clearly better)" : ""))
    return Choice(setting: settings[chosen], tried: tried, baselines: baselines.count)
  }

  private func key(_ part: Int, _ name: String) -> String { "\(part + 1) \(name)" }

  /// What an interrupted search has found; nothing where there is none to continue.
  ///
  /// - Throws: when it is another run's.
  func readRecord() throws -> Record {
    var record = Record()
    guard resumes, FileManager.default.fileExists(atPath: recordPath) else { return record }
    let file = try Checkpoint(path: recordPath)
    guard let text = file.metadata["facts"],
      let earlier = try? JSONDecoder().decode(RunFacts.self, from: Data(text.utf8))
    else { throw TrainingStateError.notAState(path: recordPath) }
    if let what = facts.difference(from: earlier) {
      throw TrainingStateError.otherRun(path: recordPath, what: what)
    }
    for tensor in file.tensors {
      record.hits[tensor.name] = try file.floats(tensor.name).map { $0 > 0 }
    }
    return record
  }

  private func write(_ record: Record) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    let text = String(decoding: try encoder.encode(facts), as: UTF8.self)
    let hits = record.hits.sorted { $0.key < $1.key }.map { name, hits in
      NamedTensor(name, shape: [hits.count], values: hits.map { $0 ? 1 : 0 })
    }
    try Checkpoint.write(hits, metadata: ["facts": text], to: recordPath)
  }
}
