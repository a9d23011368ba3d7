// Package accesskey replaces the access key of an IAM user with a new one. At every
// moment the files have a key that works, and what a run that was killed left
// behind, the next one goes on from.
package accesskey

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/awsconfig"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/awserror"
)

// Rotation replaces the access key of a user.
type Rotation struct {
	// IAM is called with MFA, for what it does on the caller's own user.
	IAM      *iam.Client
	UserName string
	// Current is the key that the files have.
	Current awsconfig.AccessKey
	Files   Files
	Note    NoteFile
	// Try asks AWS with a key; TryStored with the one that is read from the files,
	// and gives its id.
	Try       func(context.Context, awsconfig.AccessKey) error
	TryStored func(context.Context) (id string, err error)
	// Keep is how long the old key is kept, inactive; nil means not at all, and for
	// one that is being kept, until then.
	Keep *time.Duration
	// Now is the time for answers of AWS that carry none.
	Now   func() time.Time
	Pause func(context.Context, time.Duration) error
	Say   func(format string, args ...any)
}

// Rotated is what a rotation did.
type Rotated struct {
	UserName string `json:"userName"`
	// AccessKeyID is of the key that is in use now, OldAccessKeyID of the one before.
	AccessKeyID    string `json:"accessKeyId"`
	OldAccessKeyID string `json:"oldAccessKeyId"`
	// KeptUntil is missing if the old key is deleted.
	KeptUntil *time.Time `json:"keptUntil,omitempty"`
}

// Run replaces the key, or goes on with what an earlier run began. The error is a
// [awserror.PermissionError], says how to go on, or is that of the API, of a file or of
// ctx.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id-credentials-access-keys-update.html
func (r Rotation) Run(ctx context.Context) (Rotated, error) {
	begun, err := r.Note.read()
	if err != nil {
		return Rotated{}, err
	}
	other, now, err := r.other(ctx)
	switch {
	case err != nil:
		return Rotated{}, err
	case other == nil:
		return r.replace(ctx, now)
	case begun.Old == aws.ToString(other.AccessKeyId) && begun.New == r.Current.ID: // it was replaced
		r.Say("Going on: the new access key %s is in the file, and the old one, %s, is still there.",
			r.Current.ID, begun.Old)
		if err := r.store(ctx, begun, r.Current); err != nil {
			return Rotated{}, err
		}
		return r.retire(ctx, begun, now)
	case begun.abandoned(*other, r.Current.ID):
		r.Say("Access key %s was made by a run that was interrupted, and nobody has its secret: it is deleted.",
			aws.ToString(other.AccessKeyId))
		if err := r.remove(ctx, aws.ToString(other.AccessKeyId)); err != nil {
			return Rotated{}, err
		}
		return r.replace(ctx, now)
	default:
		return Rotated{}, r.secondKey(*other)
	}
}

// other is the key that the user has besides the current one, if there is one, and
// AWS's time.
func (r Rotation) other(ctx context.Context) (*types.AccessKeyMetadata, time.Time, error) {
	listed, err := r.IAM.ListAccessKeys(ctx, &iam.ListAccessKeysInput{UserName: &r.UserName})
	if err != nil {
		return nil, time.Time{}, r.explain("iam:ListAccessKeys", err)
	}
	now, ok := middleware.GetServerTime(listed.ResultMetadata)
	if !ok {
		now = r.Now()
	}
	for _, key := range listed.AccessKeyMetadata {
		if aws.ToString(key.AccessKeyId) != r.Current.ID {
			return &key, now, nil
		}
	}
	return nil, now, nil
}

// secondKey refuses to go on beside a key that somebody uses, or may.
func (r Rotation) secondKey(key types.AccessKeyMetadata) error {
	state := "active"
	if key.Status != types.StatusTypeActive {
		state = "inactive"
	}
	return fmt.Errorf("%[1]s has a second access key, %[2]s (%[3]s, made on %[4]s), and IAM allows two: if nothing uses "+
		"it, delete it with 'awsmfa exec --session PROFILE -- aws iam delete-access-key --user-name %[1]s "+
		"--access-key-id %[2]s', where PROFILE has the other one, and run this again",
		r.UserName, aws.ToString(key.AccessKeyId), state, aws.ToTime(key.CreateDate).Format(time.DateOnly))
}

// replace makes a key, tries it, puts it into the files, and takes the old one away.
func (r Rotation) replace(ctx context.Context, now time.Time) (Rotated, error) {
	begun := note{Old: r.Current.ID, At: now}
	if err := errors.Join(r.Files.check(r.Current.ID), ctx.Err()); err != nil {
		return Rotated{}, err
	}
	if err := r.Note.write(begun); err != nil {
		return Rotated{}, err
	}
	made, err := r.create(ctx)
	if err != nil {
		return Rotated{}, err
	}
	begun.New = made.ID
	err = r.Note.write(begun)
	if err == nil {
		err = r.await(ctx, func(ctx context.Context) error { return r.Try(ctx, made) })
	}
	if err == nil {
		err = r.store(ctx, begun, made)
	}
	if err != nil && len(r.Files.With(made.ID)) > 0 {
		return Rotated{}, fmt.Errorf("the new access key %s is in the file, and the old one, %s, still works: "+
			"run awsmfa rotate again, which goes on: %w", made.ID, r.Current.ID, err)
	}
	if err != nil {
		return Rotated{}, r.giveUp(ctx, made, err)
	}
	r.Say("The new access key %s works, and is in %s.", made.ID, strings.Join(r.Files.With(made.ID), " and "))
	return r.retire(ctx, begun, now)
}

// giveUp deletes a key that is in no file.
func (r Rotation) giveUp(ctx context.Context, made awsconfig.AccessKey, because error) error {
	if err := r.remove(context.WithoutCancel(ctx), made.ID); err != nil {
		return fmt.Errorf("%w; the new access key %s, which is in no file, is still there: "+
			"run awsmfa rotate again, which deletes it: %w", because, made.ID, err)
	}
	return errors.Join(fmt.Errorf("nothing has changed, and the new access key is deleted again: %w", because),
		r.Note.remove())
}

func (r Rotation) create(ctx context.Context) (awsconfig.AccessKey, error) {
	created, err := r.IAM.CreateAccessKey(ctx, &iam.CreateAccessKeyInput{UserName: &r.UserName})
	switch {
	case awserror.Code(err) == "LimitExceeded":
		return awsconfig.AccessKey{}, fmt.Errorf("%s has two access keys already, though IAM lists only one as yet: "+
			"run awsmfa rotate again in a minute", r.UserName)
	case awserror.IsDenied(err):
		return awsconfig.AccessKey{}, errors.Join(r.explain("iam:CreateAccessKey", err), r.Note.remove())
	case err != nil:
		return awsconfig.AccessKey{}, r.explain("iam:CreateAccessKey", err)
	}
	return awsconfig.AccessKey{
		ID: aws.ToString(created.AccessKey.AccessKeyId), Secret: aws.ToString(created.AccessKey.SecretAccessKey),
	}, nil
}

// store puts the key into the files, and tries it from there.
func (r Rotation) store(ctx context.Context, begun note, key awsconfig.AccessKey) error {
	if err := r.Files.replace(ctx, begun.Old, key); err != nil {
		return err
	}
	return r.await(ctx, func(ctx context.Context) error {
		id, err := r.TryStored(ctx)
		if err == nil && id != key.ID {
			err = fmt.Errorf("the profile still has access key %s", id)
		}
		return err
	})
}

// await tries until AWS knows a new key everywhere, which takes some seconds.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_general.html#troubleshoot_general_eventual-consistency
func (r Rotation) await(ctx context.Context, try func(context.Context) error) error {
	seconds := []time.Duration{2, 3, 5, 10, 20, 20}
	for {
		err := try(ctx)
		if awserror.Code(err) != "InvalidClientTokenId" || len(seconds) == 0 {
			return err
		}
		if err := r.Pause(ctx, seconds[0]*time.Second); err != nil {
			return err
		}
		seconds = seconds[1:]
	}
}

// retire deactivates the old key, and deletes it when it is not kept any longer.
func (r Rotation) retire(ctx context.Context, begun note, now time.Time) (Rotated, error) {
	done := Rotated{UserName: r.UserName, AccessKeyID: begun.New, OldAccessKeyID: begun.Old}
	until := begun.KeepUntil
	switch {
	case r.Keep != nil:
		until = now.Add(*r.Keep)
	case until.IsZero():
		until = now
	}
	if begun.KeepUntil.IsZero() {
		if _, err := r.IAM.UpdateAccessKey(ctx, &iam.UpdateAccessKeyInput{
			UserName: &r.UserName, AccessKeyId: &begun.Old, Status: types.StatusTypeInactive,
		}); err != nil {
			return done, r.unfinished(begun, "iam:UpdateAccessKey", err)
		}
	}
	if until.After(now) {
		begun.KeepUntil = until
		done.KeptUntil = &until
		return done, r.Note.write(begun)
	}
	if err := r.remove(ctx, begun.Old); err != nil {
		return done, r.unfinished(begun, "iam:DeleteAccessKey", err)
	}
	return done, r.Note.remove()
}

func (r Rotation) unfinished(begun note, permission string, err error) error {
	return fmt.Errorf("the new access key %s is in use, but the old one, %s, is not deleted: run awsmfa rotate again, "+
		"which goes on: %w", begun.New, begun.Old, r.explain(permission, err))
}

// remove deletes a key, which may be gone already.
func (r Rotation) remove(ctx context.Context, id string) error {
	_, err := r.IAM.DeleteAccessKey(ctx, &iam.DeleteAccessKeyInput{UserName: &r.UserName, AccessKeyId: &id})
	if awserror.IsNotFound(err) {
		return nil
	}
	return r.explain("iam:DeleteAccessKey", err)
}

func (r Rotation) explain(permission string, err error) error {
	switch {
	case err == nil:
		return nil
	case awserror.IsDenied(err):
		return &awserror.PermissionError{
			Permission: permission, Doing: "replacing", Object: "the access key of " + r.UserName, Err: err,
			Remedy: "Ask your administrator to set selfServiceAccessKeys: true in the configuration of the stack " +
				"(aws-cli-mfa:selfServiceAccessKeys in Pulumi.STACK.yaml) and to deploy it, or to replace the key for you.",
		}
	default:
		return fmt.Errorf("replacing the access key of %s (%s): %w", r.UserName, permission, err)
	}
}
