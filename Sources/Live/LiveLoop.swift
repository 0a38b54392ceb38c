package import Basics
package import Capture
package import Classification
internal import Glibc
internal import Imaging

/// Waits for frames, classifies the newest, tells the sinks what it shows; until it is told to end or no
/// source has more.
///
/// Without sources it does nothing but take successors.
package final class LiveLoop {
  /// How it came to its end.
  package enum Ending: Sendable, Equatable {
    /// All was read, or it was told to end.
    case done
    /// A stream could not be read to its end.
    case incomplete
    /// All streams ended without a frame that could be classified.
    case nothingSeen
  }

  private var classifier: Classifier
  private let successor: Monitor<Classifier?>
  private let parts: PartRequests?
  private let sinks: SinkList
  private let wake: WakePipe
  private let isInterrupted: () -> Bool
  private let style: RecordStyle
  private var sources: [WatchedSource]
  private var cropper: Cropper
  private var image = Image(width: 1, height: 1)
  private var crop = Image(width: 1, height: 1)
  /// Which source was classified last: it is asked last the next time.
  private var lastServed = -1

  /// A loop over open sources.
  ///
  /// - Parameters:
  ///   - sources: where frames come from.
  ///   - classifier: used by the loop alone.
  ///   - configuration: how frames become records.
  ///   - own: the same for each source, where they differ; its style counts for none.
  ///   - sinks: who is told.
  ///   - successor: where a classifier may be left that takes the place of the old one before the next frame.
  ///   - parts: where other parts of the frames may be asked for.
  ///   - wake: wakes the loop, to look at `isInterrupted`, at `successor` and at what is due for its sinks.
  ///   - isInterrupted: whether it is time to end.
  package init(
    _ sources: [any FrameSource], _ classifier: Classifier, _ configuration: LiveConfiguration,
    own: [LiveConfiguration]? = nil, _ sinks: SinkList,
    successor: Monitor<Classifier?> = Monitor(nil), parts: PartRequests? = nil, wake: WakePipe,
    isInterrupted: @escaping () -> Bool
  ) {
    self.classifier = classifier
    self.successor = successor
    self.parts = parts
    self.sinks = sinks
    self.wake = wake
    self.isInterrupted = isInterrupted
    style = configuration.style
    self.sources = sources.enumerated().map { index, source in
      WatchedSource(source, own?[index] ?? configuration, classifier)
    }
    cropper = Cropper(classifier.preprocessing)
  }

  /// A loop over sources that it opens; the sinks are told of what happens to them from the start.
  ///
  /// - Throws: why one of them cannot be used.
  package convenience init(
    opening configurations: [SourceConfiguration], _ classifier: Classifier,
    _ configuration: LiveConfiguration, own: [LiveConfiguration]? = nil, _ sinks: SinkList,
    successor: Monitor<Classifier?> = Monitor(nil), parts: PartRequests? = nil, wake: WakePipe,
    isInterrupted: @escaping () -> Bool
  ) throws(CameraError) {
    var sources: [any FrameSource] = []
    for (index, source) in configurations.enumerated() {
      let own = own?[index] ?? configuration
      let part = own.parts.part(of: source.name)
      let shortEdge = classifier.preprocessing.shortEdge(of: part)
      sources.append(
        try source.open(shortEdge: shortEdge) { event in
          sinks.note(.source(event), of: index)
        })
    }
    self.init(
      sources, classifier, configuration, own: own, sinks, successor: successor, parts: parts,
      wake: wake, isInterrupted: isInterrupted)
  }

  /// Runs to the end.
  package func run() -> Ending {
    var goesOn = sinks.start()
    tellParts()
    while goesOn, !isInterrupted(),
      sources.isEmpty || sources.contains(where: { !$0.source.hasEnded })
    {
      waitForFrames()
      takeSuccessor()
      takeParts()
      goesOn = sinks.step() && serveOne()
    }
    sinks.finish(sources.map(\.report), isInterrupted: isInterrupted)
    if !goesOn || isInterrupted() || sources.isEmpty { return .done }
    if sources.allSatisfy({ $0.classified == 0 }) { return .nothingSeen }
    return sources.contains { $0.source.faults[.stream] > 0 } ? .incomplete : .done
  }

  /// Goes on with the classifier that was left for it, if any; the old one's memory is free from here on.
  private func takeSuccessor() {
    let next = successor.with { next in
      defer { next = nil }
      return next
    }
    guard let next else { return }
    for index in sources.indices {
      sources[index].changeModel(to: next)
    }
    classifier = next
    cropper = Cropper(next.preprocessing)
    sinks.modelReplaced(next.sets)
    tellParts()
  }

  /// Looks at the parts that were asked for meanwhile.
  private func takeParts() {
    guard let asked = parts?.take(), !asked.isEmpty else { return }
    for (index, region) in asked { sources[index].look(at: region) }
    tellParts()
  }

  /// Tells what is looked at now, where that is not what was told before.
  private func tellParts() {
    for index in sources.indices {
      if let part = sources[index].newPart() { sinks.note(.looks(part), of: index) }
    }
  }

  private func waitForFrames() {
    let now = MonotonicTime.now
    var wanted = [pollfd(fd: wake.descriptor, events: Int16(POLLIN), revents: 0)]
    // Errors only: a reader that has gone is noticed even while there is nothing to print.
    for peer in sinks.peers { wanted.append(pollfd(fd: peer, events: 0, revents: 0)) }
    var deadline = sinks.deadline
    for source in sources where !source.source.hasEnded {
      let time: MonotonicTime?
      if let due = source.dueTime, due > now {
        time = due
      } else {
        wanted.append(
          pollfd(fd: source.source.descriptor, events: Int16(POLLIN | POLLPRI), revents: 0))
        time = source.source.deadline
      }
      if let time { deadline = min(deadline ?? time, time) }
    }
    // A signal ends the waiting early, which does no harm.
    unsafe poll(&wanted, nfds_t(wanted.count), deadline?.pollTimeout ?? -1)
    if wanted[0].revents != 0 { wake.clear() }
  }

  /// Takes a frame of the first source that has one; false ends the program.
  private func serveOne() -> Bool {
    for step in 1..<sources.count + 1 where !isInterrupted() {
      let index = (lastServed + step) % sources.count
      guard sources[index].isDue, let info = takeFrame(of: index) else { continue }
      lastServed = index
      return classify(info, of: index)
    }
    return true
  }

  /// Takes a source's newest frame; nil when it has none.
  private func takeFrame(of index: Int) -> FrameInfo? {
    let source = sources[index].source
    source.keepsJPEG = sinks.wantsFrames(of: index)
    guard let info = sources[index].take(into: &image) else {
      if source.hasEnded { sinks.note(.ended, of: index) }
      return nil
    }
    let (region, remark) = sources[index].region(of: image)
    if let remark { sinks.note(.source(.message(remark)), of: index) }
    if let part = sources[index].newPart() { sinks.note(.looks(part), of: index) }
    cropper.preprocessing.region = region
    if source.keepsJPEG {
      let content = source.jpeg.isEmpty ? .pixels(image) : ShownFrame.Content.jpeg(source.jpeg)
      let frame = ShownFrame(
        sequence: info.sequence, content, part: sources[index].photoPart,
        at: sources[index].time(of: info))
      sinks.show(frame, of: index)
    }
    return info
  }

  /// False ends the program.
  private func classify(_ info: FrameInfo, of index: Int) -> Bool {
    cropper.crop(image, into: &crop)
    guard sources[index].isWorthClassifying(crop, info) else {
      sinks.note(.still(dropped: info.dropped), of: index)
      return true
    }
    let (scores, milliseconds) = classifier.scores(
      of: [crop], explains: style.explains, among: sources[index].choice)
    let decision = sources[index].decide(scores[0], info)
    let labels = Record.Labels(decision.scores, style, milliseconds: milliseconds)
    let record = Record(
      origin: .frame(sources[index].frame(info)), outcome: .labels(labels))
    return sinks.take(record, of: index, change: decision.change)
  }
}

extension MonotonicTime {
  /// Milliseconds until then, for poll.
  var pollTimeout: Int32 { Int32(min(1e6, max(0, (self - .now) * 1000)).rounded(.up)) }
}
