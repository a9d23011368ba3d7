package credentialprocess_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/aws-sdk-go-v2/service/sts/types"
	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/credentialprocess"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/account"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/accounttest"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/story"
)

func TestRoleIsAssumedWithACode(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	person := &asked{cloud: c}
	for _, test := range []struct {
		name     string
		change   func(*credentialprocess.Request)
		session  string
		duration time.Duration
	}{
		{"as the profile says", func(r *credentialprocess.Request) {
			r.RoleSessionName, r.DurationSeconds = "ci", 7200
		}, "ci", 2 * time.Hour},
		{"named after the user, for an hour", func(r *credentialprocess.Request) { r.RoleSessionName = "" }, "alice", time.Hour},
	} {
		request := roleRequest()
		test.change(&request)
		got, err := c.session(c.keys(t, "alice"), person).Begin(t.Context(), request)
		require.NoError(t, err, test.name)
		require.Equal(t, 1, got.Version)
		require.Equal(t, "arn:aws:sts::"+accountID+":assumed-role/power-user/"+test.session, c.whoAmI(t, got))
		require.WithinDuration(t, time.Now().Add(test.duration), got.Expiration, time.Minute)
		require.Equal(t, time.UTC, got.Expiration.Location())
		require.Equal(t, test.duration-5*time.Minute, request.Lasts())
	}
	require.Equal(t, []string{aliceMFA, aliceMFA}, person.serial)
	require.Equal(t, []string{"", ""}, person.before)
}

// listener is an STS that remembers what it was asked for.
type listener struct {
	credentialprocess.STS
	heard *sts.AssumeRoleInput
}

func (l *listener) AssumeRole(_ context.Context, in *sts.AssumeRoleInput, _ ...func(*sts.Options)) (*sts.AssumeRoleOutput, error) {
	l.heard = in
	ends := time.Date(2026, 1, 2, 3, 4, 5, 678, time.FixedZone("CET", 3600))
	return &sts.AssumeRoleOutput{Credentials: &types.Credentials{
		AccessKeyId: aws.String("ASIA"), SecretAccessKey: aws.String("s"), SessionToken: aws.String("t"), Expiration: &ends,
	}}, nil
}

func TestOutputHasTheFormatOfACredentialProcess(t *testing.T) {
	t.Parallel()
	heard := &listener{}
	request := roleRequest()
	request.ExternalID, request.DurationSeconds = "x", 900
	got, err := credentialprocess.Session{STS: heard, Ask: func(context.Context, string, string) (string, error) {
		return "123 456", nil
	}}.Begin(t.Context(), request)
	require.NoError(t, err)
	require.Equal(t, &sts.AssumeRoleInput{
		RoleArn: aws.String(roleARN), RoleSessionName: aws.String("alice"), ExternalId: aws.String("x"),
		DurationSeconds: aws.Int32(900), SerialNumber: aws.String(aliceMFA), TokenCode: aws.String("123456"),
	}, heard.heard)
	text, err := json.Marshal(got) //nolint:gosec // G117: made up
	require.NoError(t, err)
	require.JSONEq(t, `{"Version":1,"AccessKeyId":"ASIA","SecretAccessKey":"s","SessionToken":"t","Expiration":"2026-01-02T02:04:05Z"}`,
		string(text))

	request.ExternalID, request.DurationSeconds, request.SerialNumber = "", 0, ""
	_, err = credentialprocess.Session{STS: heard}.Begin(t.Context(), request)
	require.NoError(t, err)
	require.Equal(t, &sts.AssumeRoleInput{RoleArn: aws.String(roleARN), RoleSessionName: aws.String("alice")}, heard.heard)
}

func TestSessionBeginsWithTheOnlyDevice(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	request := credentialprocess.Request{Operation: credentialprocess.GetSessionToken}
	person := &asked{cloud: c}
	got, err := c.session(c.keys(t, "alice"), person).Begin(t.Context(), request)
	require.NoError(t, err)
	require.Equal(t, "arn:aws:iam::"+accountID+":user/alice", c.whoAmI(t, got))
	require.WithinDuration(t, time.Now().Add(12*time.Hour), got.Expiration, time.Minute)
	require.Equal(t, []string{aliceMFA}, person.serial)
	require.Equal(t, 12*time.Hour-5*time.Minute, request.Lasts())

	t.Run("of which roles are assumed without another code", func(t *testing.T) {
		t.Parallel()
		chained := roleRequest()
		chained.SerialNumber = ""
		keys := aws.Credentials{AccessKeyID: got.AccessKeyID, SecretAccessKey: got.SecretAccessKey, SessionToken: got.SessionToken}
		nobody := &asked{cloud: c}
		role, err := c.session(keys, nobody).Begin(t.Context(), chained)
		require.NoError(t, err)
		require.Equal(t, "arn:aws:sts::"+accountID+":assumed-role/power-user/alice", c.whoAmI(t, role))
		require.Empty(t, nobody.serial)
		chained.DurationSeconds = 7200
		_, err = c.session(keys, nobody).Begin(t.Context(), chained)
		require.ErrorContains(t, err, "lower its duration_seconds")
	})
}

func TestDeviceOfASessionMustBeClear(t *testing.T) {
	t.Parallel()
	a := newCloud(t)
	_, err := a.account.CreateUser(account.CreateUserInput{UserName: "newcomer"})
	require.NoError(t, err)
	require.NoError(t, a.account.AttachUserPolicy("newcomer", "arn:aws:iam::aws:policy/AdministratorAccess"))
	request := credentialprocess.Request{Operation: credentialprocess.GetSessionToken}
	person := &asked{cloud: a}
	begin := func() error {
		_, err := a.session(a.keys(t, "newcomer"), person).Begin(t.Context(), request)
		return err
	}
	require.EqualError(t, begin(), "You have no MFA device yet: run awsmfa enrol")
	for _, name := range []string{"one", "two"} {
		_, err := story.AddMFADevice(a.account, "newcomer", name)
		require.NoError(t, err)
	}
	err = begin()
	require.ErrorContains(t, err, "several MFA devices: name one with --serial-number")
	require.ErrorContains(t, err, ":mfa/one, arn:aws:iam::"+accountID+":mfa/two")

	// mallory may not list devices.
	_, err = a.session(a.keys(t, "mallory"), person).Begin(t.Context(), request)
	require.ErrorContains(t, err, "name your device with --serial-number")
	require.Empty(t, person.serial)
}

func TestWrongCodesMayBeCorrected(t *testing.T) {
	t.Parallel()
	const refused = "AWS does not accept this code: it is wrong, or was used already. Wait for the next one."
	const malformed = "A code has six digits."
	for _, test := range []struct {
		name   string
		typed  []string
		before []string
		fails  bool
	}{
		{"wrong, then right", []string{"WRONG"}, []string{"", refused}, false},
		{"used, too short, then right", []string{"USED", "12345"}, []string{"", refused, malformed}, false},
		{"four that are none", []string{"", "123", "12345678", "x"}, []string{"", malformed, malformed, malformed, malformed}, false},
		{"never right", []string{"WRONG", "", "USED", "123", "WRONG"}, []string{"", refused, malformed, refused, malformed}, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := newCloud(t)
			wrong, err := story.Codes{Account: c.account}.Wrong("alice")
			require.NoError(t, err)
			used, err := c.code("alice")
			require.NoError(t, err)
			_, err = c.session(c.keys(t, "alice"), &asked{cloud: c, typed: []string{used}}).Begin(t.Context(), roleRequest())
			require.NoError(t, err)

			person := &asked{cloud: c}
			for _, typed := range test.typed {
				person.typed = append(person.typed, strings.NewReplacer("WRONG", wrong, "USED", used).Replace(typed))
			}
			got, err := c.session(c.keys(t, "alice"), person).Begin(t.Context(), roleRequest())
			require.Equal(t, test.before, person.before)
			if test.fails {
				require.ErrorContains(t, err, "none of 3 codes for "+aliceMFA)
				require.Empty(t, got)
				return
			}
			require.NoError(t, err)
		})
	}
}

func TestRefusalsSayWhatToDo(t *testing.T) {
	t.Parallel()
	right := func(*aws.Credentials) {}
	wrong := func(k *aws.Credentials) { k.SecretAccessKey = "hush-hush" }
	for _, test := range []struct {
		name   string
		keys   func(*aws.Credentials)
		change func(*credentialprocess.Request)
		want   []string
	}{
		{"role that is gone", right, func(r *credentialprocess.Request) { r.RoleARN += "s" }, []string{
			"you may not assume " + roleARN + "s", "awsmfa explain sts:AssumeRole " + roleARN + "s --profile default", "awsmfa onboard",
		}},
		{"no serial", right, func(r *credentialprocess.Request) { r.SerialNumber = "" }, []string{
			"you may not assume", "profile dev has no mfa_serial",
		}},
		{"another's device", right, func(r *credentialprocess.Request) {
			r.SerialNumber = strings.Replace(aliceMFA, "alice", "mallory", 1)
		}, []string{"does not know", "a few seconds later"}},
		{"too long", right, func(r *credentialprocess.Request) { r.DurationSeconds = 43200 }, []string{
			"profile dev would be too long: lower its duration_seconds",
		}},
		{"unknown key", func(k *aws.Credentials) { k.AccessKeyID = "AKIAIOSFODNN7EXAMPLE" }, func(*credentialprocess.Request) {}, []string{
			"knows no such access key", "aws configure --profile default",
		}},
		{"wrong secret", wrong, func(*credentialprocess.Request) {}, []string{
			"profile default: the secret access key is not that", "aws configure --profile default",
		}},
		{"wrong secret before the code", wrong, func(r *credentialprocess.Request) {
			r.RoleSessionName = ""
		}, []string{"profile default: the secret access key is not that"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := newCloud(t)
			request, keys := roleRequest(), c.keys(t, "alice")
			test.change(&request)
			test.keys(&keys)
			_, err := c.session(keys, &asked{cloud: c, typed: []string{"123456"}}).Begin(t.Context(), request)
			for _, want := range test.want {
				require.ErrorContains(t, err, want)
			}
			require.NotContains(t, err.Error(), keys.SecretAccessKey)
			require.NotContains(t, err.Error(), "123456")
		})
	}
}

// sayer is an STS that refuses everything.
type sayer struct {
	credentialprocess.STS
	err error
}

func (s sayer) AssumeRole(context.Context, *sts.AssumeRoleInput, ...func(*sts.Options)) (*sts.AssumeRoleOutput, error) {
	return nil, s.err
}

func (s sayer) GetSessionToken(context.Context, *sts.GetSessionTokenInput, ...func(*sts.Options)) (*sts.GetSessionTokenOutput, error) {
	return nil, s.err
}

func TestOtherErrorsPassThrough(t *testing.T) {
	t.Parallel()
	ask := func(context.Context, string, string) (string, error) { return "123456", nil }
	begin := func(request credentialprocess.Request, err error) error {
		_, err = credentialprocess.Session{STS: sayer{err: err}, Ask: ask, Profile: "dev", Source: "default"}.
			Begin(t.Context(), request)
		return err
	}
	broken := errors.New("no route to host")
	require.ErrorIs(t, begin(roleRequest(), broken), broken)
	quoted := &smithy.GenericAPIError{Code: "SignatureDoesNotMatch", Message: "The Canonical String was x-amz-security-token:TOKEN"}
	require.NotContains(t, begin(roleRequest(), quoted).Error(), "TOKEN")
	skew := &smithy.GenericAPIError{Code: "SignatureDoesNotMatch", Message: "Signature expired: 20260101T000000Z is now earlier than"}
	require.ErrorIs(t, begin(roleRequest(), skew), skew)
	denied := &smithy.GenericAPIError{Code: "AccessDenied", Message: "explicit deny"}
	session := credentialprocess.Request{Operation: credentialprocess.GetSessionToken, SerialNumber: aliceMFA}
	require.ErrorContains(t, begin(session, denied), "awsmfa explain sts:GetSessionToken --profile default")

	_, err := credentialprocess.Session{STS: sayer{}, Ask: func(context.Context, string, string) (string, error) {
		return "", context.Canceled
	}}.Begin(t.Context(), roleRequest())
	require.ErrorIs(t, err, context.Canceled)
}

func TestDeviceThatSTSDoesNotKnowYet(t *testing.T) {
	t.Parallel()
	clock := &accounttest.Clock{}
	c := newCloud(t, account.WithClock(clock.Now), account.WithMFAPropagation(20*time.Second))
	_, err := c.session(c.keys(t, "alice"), &asked{cloud: c}).Begin(t.Context(), roleRequest())
	require.ErrorContains(t, err, "a device that was enrolled just now works a few seconds later")
	clock.Advance(21 * time.Second)
	_, err = c.session(c.keys(t, "alice"), &asked{cloud: c}).Begin(t.Context(), roleRequest())
	require.NoError(t, err)
}
