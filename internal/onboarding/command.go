package onboarding

import (
	"os"
	"path/filepath"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/environment"
)

// OwnCommand is the awsmfa that the profiles start: its name, if that is what PATH
// finds, or else its path, on Windows the short one. It warns of one that will not stay.
func OwnCommand(env environment.Environment, mode Mode) Command {
	self := env.Executable
	if (mode == SDK || mode == OneCode) && isBelow(self, os.TempDir()) {
		env.Sayf("Warning: the profiles start this awsmfa, %s, a temporary file: they stop working when it is deleted. "+
			"Install awsmfa, and run this again with it.", self)
	}
	if found, err := env.LookPath(commandName); self == "" || err == nil && sameFile(found, self) {
		return commandName
	}
	return Command(bareName(self))
}

const commandName = "awsmfa"

// isBelow reports whether a path leads to what is in the directory.
func isBelow(path, directory string) bool {
	realPath, errPath := filepath.EvalSymlinks(path)
	realDirectory, errDirectory := filepath.EvalSymlinks(directory)
	if errPath != nil || errDirectory != nil {
		return false
	}
	relative, err := filepath.Rel(realDirectory, realPath)
	return err == nil && filepath.IsLocal(relative)
}

func sameFile(one, other string) bool {
	a, errA := os.Stat(one)
	b, errB := os.Stat(other)
	return errA == nil && errB == nil && os.SameFile(a, b)
}
