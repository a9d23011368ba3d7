package accesskey

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/awsconfig"
)

// Files are the paths of the files that may have an access key.
type Files []string

// With are those that have the key of that id. What cannot be read has none.
func (f Files) With(id string) Files {
	var found Files
	for _, path := range f {
		if file, err := awsconfig.Read(path); err == nil && file.HasAccessKey(id) {
			found = append(found, path)
		}
	}
	return found
}

// check refuses files in which the key could not be replaced.
func (f Files) check(id string) error {
	var faults []error
	for _, path := range f.With(id) {
		_, _, err := awsconfig.Preview(path, func(file *awsconfig.File) error {
			return file.ReplaceAccessKey(id, awsconfig.AccessKey{ID: id, Secret: "secret"})
		})
		faults = append(faults, err)
	}
	return errors.Join(faults...)
}

// replace puts the key in the place of that of the id. What has a secret is for
// nobody but its owner.
func (f Files) replace(ctx context.Context, id string, with awsconfig.AccessKey) error {
	for _, path := range f.With(id) {
		err := hide(path)
		if err == nil {
			_, _, err = awsconfig.Update(ctx, path, func(file *awsconfig.File) error {
				return file.ReplaceAccessKey(id, with)
			})
		}
		if err != nil {
			return fmt.Errorf("writing the new access key: %w", err)
		}
	}
	return nil
}

func hide(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	return os.Chmod(path, info.Mode().Perm()&^0o077)
}
