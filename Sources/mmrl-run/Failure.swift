import ArgumentParser
import Basics
import Capture
import Classification

/// What is said when nothing can be done.
enum Failure {
  /// Calls `body`; says what it throws, with the option or command that helps, and ends with status 2, or 64 for wrong usage.
  static func reported(_ body: () throws -> Void) throws {
    do {
      try body()
    } catch let code as ExitCode {
      throw code
    } catch let error as ValidationError {
      // Something that only the inputs show to be wrong usage.
      throw error
    } catch {
      Message.say(text(of: error))
      throw ExitCode(2)
    }
  }

  /// What went wrong, with the option or command that helps.
  static func text(of error: any Error) -> String {
    "\(error)\(hint(on: error).map { " (\($0))" } ?? "")"
  }

  /// Libraries know no command lines, so that it is said here what to type.
  private static func hint(on error: any Error) -> String? {
    switch error {
    case CameraError.notFound: "mmrl-run list shows those that are there"
    case CameraError.notCaptureDevice(_, "a file"): "--stream reads files"
    case CameraError.notCaptureDevice(_, "a pipe"): "--stream reads pipes"
    case CameraError.notCaptureDevice: "mmrl-run list shows the cameras"
    case CameraError.noUsableFormat(let path, _):
      "convert it: ffmpeg -i \(path) -f mjpeg - | mmrl-run --stream -"
    case TestFolderError.noLabels(_, _, nil): "rename them, or leave them out: --ignore-others"
    case MissingLabels.any: "convert it again with --known or --novel"
    default: nil
    }
  }
}
