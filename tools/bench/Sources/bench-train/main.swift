// bench-train LABELS STEPS THREADS METHOD   how long a training step of 4 images takes on a ViT-B/16 of random weights
//
// One line a step: seconds and loss. Then one line a stage, from the median step: name, seconds, billions of
// multiply-accumulates, tab-separated; at last the peak memory in MiB.
import CLIPModel
import Foundation
import Training

let arguments = CommandLine.arguments.dropFirst()
guard arguments.count == 4, let labels = Int(arguments[1]), let steps = Int(arguments[2]),
  let threads = Int(arguments[3]), let method = AdapterMethod(rawValue: arguments[4]),
  labels > 0, steps > 0, threads > 0
else {
  FileHandle.standardError.write(
    Data("usage: bench-train LABELS STEPS THREADS mmrl|mmrl++\n".utf8))
  exit(64)
}
var bench = try TrainingBenchmark(
  geometry: TrainingBenchmark.vitB16, method: method, batch: 4, labels: labels, threads: threads)
_ = bench.step()  // The first takes its memory from the system.
var runs: [(seconds: Double, loss: Double, stages: [TrainingBenchmark.Stage])] = []
for _ in 0..<steps {
  let run = bench.step()
  print("step\t\(run.seconds)\t\(run.loss)")
  runs.append(run)
}
runs.sort { $0.seconds < $1.seconds }
for stage in runs[runs.count / 2].stages {
  print("stage\t\(stage.stage.rawValue)\t\(stage.seconds)\t\(stage.work)")
}
var usage = rusage()
getrusage(__rusage_who_t(0), &usage)
print("memory\t\(usage.ru_maxrss / 1024)")
