package provider_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/provider"
)

// nowhere is an endpoint for tests that make no AWS call.
const nowhere = "http://127.0.0.1:1"

func TestServe(t *testing.T) {
	t.Parallel()
	_, err := provider.Serve(t.Context(), provider.Options{Config: aws.Config{Region: "us-east-1"}})
	require.ErrorIs(t, err, provider.ErrNoEndpoint)

	one, err := provider.Serve(t.Context(), provider.Options{Config: awsConfig(nowhere)})
	require.NoError(t, err)
	two, err := provider.Serve(t.Context(), provider.Options{Config: awsConfig(nowhere)})
	require.NoError(t, err)
	require.NotEqual(t, one.Port(), two.Port())
	info, err := attach(t, one.Port()).GetPluginInfo(t.Context(), &emptypb.Empty{})
	require.NoError(t, err)
	require.Equal(t, provider.DefaultVersion, info.GetVersion())
	require.NoError(t, one.Close())
	require.NoError(t, one.Close())
	require.False(t, listening(t, one.Port()))
	require.True(t, listening(t, two.Port()))
	require.NoError(t, two.Close())
}

func TestServeStopsWithContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	server, err := provider.Serve(ctx, provider.Options{Config: awsConfig(nowhere)})
	require.NoError(t, err)
	require.True(t, listening(t, server.Port()))
	cancel()
	require.NoError(t, server.Close())
	require.False(t, listening(t, server.Port()))
}

func listening(t *testing.T, port int) bool {
	t.Helper()
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		var refused *net.OpError
		require.True(t, errors.As(err, &refused))
		return false
	}
	require.NoError(t, conn.Close())
	return true
}

func client(t *testing.T) pulumirpc.ResourceProviderClient {
	t.Helper()
	server, err := provider.Serve(t.Context(), provider.Options{Config: awsConfig(nowhere)})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, server.Close()) })
	return attach(t, server.Port())
}

func TestProtocol(t *testing.T) {
	t.Parallel()
	c := client(t)
	_, err := c.Attach(t.Context(), &pulumirpc.PluginAttach{Address: "127.0.0.1:1"})
	require.NoError(t, err)
	_, err = c.Cancel(t.Context(), &emptypb.Empty{})
	require.NoError(t, err)
	_, err = c.Parameterize(t.Context(), &pulumirpc.ParameterizeRequest{})
	require.Equal(t, codes.Unimplemented, status.Code(err))
}

func TestUnknownResourceType(t *testing.T) {
	t.Parallel()
	c, ctx, bucket := client(t), t.Context(), urn("aws:s3/bucket:Bucket", "x")
	for method, call := range map[string]func() error{
		"Check":  func() error { _, err := c.Check(ctx, &pulumirpc.CheckRequest{Urn: bucket}); return err },
		"Diff":   func() error { _, err := c.Diff(ctx, &pulumirpc.DiffRequest{Urn: bucket}); return err },
		"Create": func() error { _, err := c.Create(ctx, &pulumirpc.CreateRequest{Urn: bucket}); return err },
		"Read":   func() error { _, err := c.Read(ctx, &pulumirpc.ReadRequest{Urn: bucket}); return err },
		"Update": func() error { _, err := c.Update(ctx, &pulumirpc.UpdateRequest{Urn: bucket}); return err },
		"Delete": func() error { _, err := c.Delete(ctx, &pulumirpc.DeleteRequest{Urn: bucket}); return err },
	} {
		err := call()
		require.Equal(t, codes.InvalidArgument, status.Code(err), method)
		require.ErrorContains(t, err, "unrecognized resource type ("+method+"): aws:s3/bucket:Bucket")
		require.ErrorContains(t, err, roleToken)
	}
}
