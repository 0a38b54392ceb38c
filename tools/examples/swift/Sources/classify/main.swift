// Says what pictures show, as tools/examples/classify.c does: classify MODEL PICTURE...
import Glibc
import MMRL

let arguments = CommandLine.arguments.dropFirst()
guard let path = arguments.first, arguments.count > 1 else {
  print("usage: classify MODEL PICTURE...")
  exit(64)
}
do {
  let model = try Model(path: path)
  let pictures = arguments.dropFirst()
  let answers = try model.classify(pictures.map { Picture(path: $0) })
  for (picture, result) in zip(pictures, answers) {
    switch result {
    case .success(let answer):
      print(picture, "answer", answer.label?.name ?? "unknown", separator: "\t")
      for label in answer.labels {
        print(
          "", label.name, label.set.rawValue, label.head.rawValue, label.score, label.logit,
          separator: "\t")
      }
    case .failure(let error): print(picture, "error", error, separator: "\t")
    }
  }
} catch {
  print("no answers: \(error)")
  exit(2)
}
