package mfadevice_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/mfadevice"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/account"
	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

func noPause(context.Context, time.Duration) error { return errors.New("no pause was expected") }

// counted counts the calls.
type counted struct {
	*sts.Client
	calls   int
	lasting int32
}

func (c *counted) GetSessionToken(
	ctx context.Context, in *sts.GetSessionTokenInput, options ...func(*sts.Options),
) (*sts.GetSessionTokenOutput, error) {
	c.calls++
	c.lasting = *in.DurationSeconds
	return c.Client.GetSessionToken(ctx, in, options...)
}

func TestAwaitSTS(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		propagation  time.Duration
		skew         time.Duration
		waits        time.Duration
		calls        int
		want         string
		interruption bool
	}{
		{propagation: 0, calls: 1},
		{propagation: 8 * time.Second, waits: 12 * time.Second, calls: 3},
		{propagation: 14 * time.Second, waits: 20 * time.Second, calls: 4},
		// The code is too old by then, which STS says of a device that it knows.
		{propagation: 50 * time.Second, skew: -2 * timeStep, waits: 60 * time.Second, calls: 6},
		{propagation: time.Hour, waits: 60 * time.Second, calls: 6, want: "AWS STS does not know the device yet"},
		{propagation: time.Hour, waits: 6 * time.Second, calls: 1, want: "context canceled", interruption: true},
	} {
		t.Run(test.propagation.String(), func(t *testing.T) {
			t.Parallel()
			c := newCloud(t, policy.GroupPolicy{}, account.WithMFAPropagation(test.propagation))
			p := &person{}
			p.reads(c, test.skew-timeStep, test.skew)
			done, err := p.enrolment(c.iam(t, "alice"), c, "alice", true).Run(t.Context())
			require.NoError(t, err)
			ctx, interrupt := context.WithCancel(t.Context())
			defer interrupt()
			var waited time.Duration
			api := &counted{Client: c.tokens(t, "alice")}
			err = mfadevice.AwaitSTS(ctx, api, done, func(ctx context.Context, d time.Duration) error {
				if test.interruption {
					interrupt()
				}
				waited += d
				c.clock.Advance(d)
				return ctx.Err()
			})
			if test.want == "" {
				require.NoError(t, err)
			} else {
				require.EqualError(t, err, test.want)
			}
			require.Equal(t, test.waits, waited)
			require.Equal(t, test.calls, api.calls)
			require.EqualValues(t, 900, api.lasting)
		})
	}
}

func TestAwaitSTSGivesOtherErrorsAtOnce(t *testing.T) {
	t.Parallel()
	c, p := newCloud(t, policy.GroupPolicy{}), &person{}
	p.reads(c, -timeStep, 0)
	done, err := p.enrolment(c.iam(t, "alice"), c, "alice", true).Run(t.Context())
	require.NoError(t, err)

	_, err = c.account.CreatePolicy(account.CreatePolicyInput{PolicyName: "no-sessions", PolicyDocument: `{"Version":"2012-10-17",
		"Statement":[{"Effect":"Deny","Action":"sts:GetSessionToken","Resource":"*"}]}`})
	require.NoError(t, err)
	require.NoError(t, c.account.AttachUserPolicy("alice", "arn:aws:iam::111122223333:policy/no-sessions"))
	err = mfadevice.AwaitSTS(t.Context(), c.tokens(t, "alice"), done, noPause)
	require.ErrorContains(t, err, "trying a code (sts:GetSessionToken): ")
	require.ErrorContains(t, err, "explicit deny")
}
