package endpoint_test

import (
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/account"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/endpoint"
)

const (
	wrongCode = "MultiFactorAuthentication failed with invalid MFA one time pass code. "
	noDevice  = "MultiFactorAuthentication failed, unable to validate MFA code.  " +
		"Please verify your MFA serial number is valid and associated with this user."
	halfMFA = "MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code."
)

func TestCodes(t *testing.T) {
	t.Parallel()
	p := startPeople(t, time.Now())
	get := func(serial, code string) error {
		in := &sts.GetSessionTokenInput{}
		if serial != "" {
			in.SerialNumber = aws.String(serial)
		}
		if code != "" {
			in.TokenCode = aws.String(code)
		}
		_, err := p.stsAs(p.alice).GetSessionToken(t.Context(), in)
		return err
	}
	assume := func(code string) error {
		_, err := p.stsAs(p.alice).AssumeRole(t.Context(), &sts.AssumeRoleInput{
			RoleArn: aws.String(powerUserARN), RoleSessionName: aws.String("session"),
			SerialNumber: aws.String(aliceDevice), TokenCode: aws.String(code),
		})
		return err
	}
	shown := func(steps int) string {
		text, err := p.account.TOTPCode(aliceDevice, p.clock.Now().Add(time.Duration(steps)*timeStep))
		require.NoError(t, err)
		return text
	}
	requireMessage(t, get(aliceDevice, shown(3)), wrongCode)
	requireMessage(t, get(aliceDevice, shown(-3)), wrongCode)
	requireMessage(t, get("", shown(0)), halfMFA)
	requireMessage(t, get(aliceDevice, ""), halfMFA)
	requireMessage(t, get(aliceDevice+"x", shown(0)), noDevice)
	requireMessage(t, get("arn:aws:iam::"+accountID+":mfa/mallory", shown(0)), noDevice)
	require.NoError(t, get(aliceDevice, shown(-2)))
	require.NoError(t, get(aliceDevice, shown(2)))
	require.NoError(t, get(aliceDevice, shown(0)))
	requireMessage(t, get(aliceDevice, shown(0)), wrongCode)
	requireMessage(t, assume(shown(0)), wrongCode)
	require.NoError(t, assume(shown(1)))
	requireMessage(t, get(aliceDevice, shown(1)), wrongCode)
}

func requireMessage(t *testing.T, err error, message string) {
	t.Helper()
	var api smithy.APIError
	require.ErrorAs(t, err, &api)
	require.Equal(t, "AccessDenied", api.ErrorCode())
	require.Equal(t, message, api.ErrorMessage())
}

func TestDurations(t *testing.T) {
	t.Parallel()
	p := startPeople(t, time.Now())
	assume := func(c aws.Credentials, device string, seconds int32) error {
		in := &sts.AssumeRoleInput{
			RoleArn: aws.String(powerUserARN), RoleSessionName: aws.String("session"), DurationSeconds: &seconds,
		}
		if device != "" {
			in.SerialNumber, in.TokenCode = aws.String(aliceDevice), p.code(t, device)
		}
		_, err := p.stsAs(c).AssumeRole(t.Context(), in)
		return err
	}
	require.NoError(t, assume(p.alice, "alice", 43200))
	require.NoError(t, assume(p.alice, "alice", 900))
	requireAWSError(t, assume(p.alice, "alice", 899), 400, "ValidationError", "greater than or equal to 900")
	requireAWSError(t, assume(p.alice, "alice", 43201), 400, "ValidationError", "less than or equal to 43200")
	token := p.sessionToken(t, p.alice, "alice")
	require.NoError(t, assume(token, "", 3600))
	requireAWSError(t, assume(token, "", 3601), 400, "ValidationError",
		"The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.")
	longest := 7200
	_, err := p.account.UpdateRole(account.UpdateRoleInput{RoleName: "power-user", MaxSessionDuration: &longest})
	require.NoError(t, err)
	requireAWSError(t, assume(p.alice, "alice", 7201), 400, "ValidationError",
		"The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
	_, err = p.stsAs(token).GetSessionToken(t.Context(), &sts.GetSessionTokenInput{})
	requireAWSError(t, err, 403, "AccessDenied", "Cannot call GetSessionToken with session credentials")
	_, err = p.stsAs(token).GetFederationToken(t.Context(), &sts.GetFederationTokenInput{Name: aws.String("guest")})
	requireAWSError(t, err, 403, "AccessDenied", "Cannot call GetFederationToken with session credentials")
}

// TestSessionsEnd: a session outlives a restart, not its time, nor its user.
func TestSessionsEnd(t *testing.T) {
	t.Parallel()
	p := startPeople(t, time.Now())
	role, err := p.assume(t, p.alice, "alice")
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "account.json")
	require.NoError(t, p.account.Save(path))
	loaded, err := account.Load(path, account.WithClock(p.clock.Now))
	require.NoError(t, err)
	server, err := endpoint.Start(t.Context(), endpoint.Options{Account: loaded})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, server.Close()) })
	restarted := sandbox{account: loaded, server: server, clock: p.clock}
	whoAmI := func() error {
		_, err := restarted.stsAs(role).GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})
		return err
	}
	require.NoError(t, whoAmI())
	p.clock.Advance(time.Hour)
	requireAWSError(t, whoAmI(), 403, "ExpiredToken", "The security token included in the request is expired")
	require.NoError(t, loaded.DetachRolePolicy("power-user", "arn:aws:iam::aws:policy/PowerUserAccess"))
	require.NoError(t, loaded.DeleteRole("power-user"))
	requireAWSError(t, whoAmI(), 403, "InvalidClientTokenId", "")
}

// TestConcurrentCodes: of 64 clients with the same code, one gets a session.
func TestConcurrentCodes(t *testing.T) {
	t.Parallel()
	p := startPeople(t, time.Now())
	code := p.code(t, "alice")
	const clients = 64
	results := make(chan error, clients)
	var group sync.WaitGroup
	for range clients {
		group.Go(func() {
			_, err := p.stsAs(p.alice).GetSessionToken(t.Context(),
				&sts.GetSessionTokenInput{SerialNumber: aws.String(aliceDevice), TokenCode: code})
			results <- err
		})
	}
	group.Wait()
	close(results)
	successes := 0
	for err := range results {
		if err == nil {
			successes++
			continue
		}
		var api smithy.APIError
		require.ErrorAs(t, err, &api)
		require.Equal(t, wrongCode, api.ErrorMessage())
	}
	require.Equal(t, 1, successes)
}
