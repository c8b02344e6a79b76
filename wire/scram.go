package wire

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgproto3"
	"github.com/xdg-go/scram"

	"meshgate/sqlerr"
)

// Names of the SASL mechanisms (PostgreSQL 15, section 55.3; RFC 7677).
const (
	scramSHA256     = "SCRAM-SHA-256"
	scramSHA256Plus = "SCRAM-SHA-256-PLUS"
)

// mockIterations and mockSalt are what a user without a password is shown: PostgreSQL's defaults, and those of verifiers that
// meshgate makes. A verifier made with others can be told from them.
const (
	mockIterations = 4096
	mockSalt       = 16
)

// scram runs the exchange of RFC 5802. Who has no password takes part in it all the same and fails at its end, so that nobody
// learns which users there are.
func (l *login) scram() (string, error) {
	stored, hasPassword := parseVerifier(l.cred.SCRAM)
	if !hasPassword || !l.known {
		if l.cred.SCRAM != "" {
			l.server.log.Error("the SCRAM verifier of a user cannot be read", "user", l.g.user)
		}
		stored, hasPassword = l.server.mockCredentials(l.g.user), false
	}
	binding := l.g.channelBinding()
	method, talk, first, err := l.scramBegin(stored, binding)
	if err != nil {
		return "", err
	}
	challenge, err := talk.Step(first)
	if err != nil {
		return "", l.scramError(challenge)
	}
	if talk.AuthzID() != "" {
		return "", sqlerr.Newf(sqlerr.FeatureNotSupported, "client uses authorization identity, but it is not supported")
	}
	if err := l.request(&pgproto3.AuthenticationSASLContinue{Data: []byte(challenge)}); err != nil {
		return "", err
	}
	proof, err := l.readResponse("SASL", maxSASLMessage)
	if err != nil {
		return "", err
	}
	final, err := talk.Step(string(proof))
	switch {
	case err != nil:
		return "", l.scramError(final)
	case !hasPassword || !talk.Valid():
		return "", l.refused()
	}
	return method, l.st.out.send(&pgproto3.AuthenticationSASLFinal{Data: []byte(final)})
}

// scramBegin offers the mechanisms and returns the client's first message under the one it chose.
func (l *login) scramBegin(stored scram.StoredCredentials, binding scram.ChannelBinding) (
	method string, talk *scram.ServerConversation, first string, err error,
) {
	offer := []string{scramSHA256}
	if binding.IsSupported() {
		offer = []string{scramSHA256Plus, scramSHA256}
	}
	if err := l.request(&pgproto3.AuthenticationSASL{AuthMechanisms: offer}); err != nil {
		return "", nil, "", err
	}
	body, err := l.readResponse("SASL", maxSASLMessage)
	if err != nil {
		return "", nil, "", err
	}
	f := fields{rest: body}
	mechanism := f.text()
	size := f.int32()
	if size == -1 { // RFC 4422, section 5.2: without an initial response the server sends an empty challenge
		if first, err = l.emptyChallenge(); err != nil {
			return "", nil, "", err
		}
	} else {
		first = string(f.bytes(int(size)))
	}
	if err := f.end(); err != nil {
		return "", nil, "", err
	}
	plus := mechanism == scramSHA256Plus && binding.IsSupported()
	if !plus && mechanism != scramSHA256 {
		return "", nil, "", sqlerr.Newf(sqlerr.ProtocolViolation, "client selected an invalid SASL authentication mechanism")
	}
	if err := checkBindingFlag(plus, first); err != nil {
		return "", nil, "", err
	}
	// The user's name in the exchange is ignored, as PostgreSQL does: the startup packet has said it.
	server, err := scram.SHA256.NewServer(func(string) (scram.StoredCredentials, error) { return stored, nil })
	if err != nil {
		return "", nil, "", sqlerr.Wrap(err, sqlerr.InternalError, "SCRAM is not available")
	}
	method = MethodSCRAM
	if plus {
		method = MethodSCRAMPlus
	}
	return method, server.NewConversationWithChannelBinding(binding), first, nil
}

func (l *login) emptyChallenge() (string, error) {
	if err := l.request(&pgproto3.AuthenticationSASLContinue{}); err != nil {
		return "", err
	}
	body, err := l.readResponse("SASL", maxSASLMessage)
	return string(body), err
}

// checkBindingFlag holds the client to the mechanism that it chose: data of a channel binding come with PLUS and only with it.
func checkBindingFlag(plus bool, first string) error {
	bound := strings.HasPrefix(first, "p=")
	switch {
	case bound == plus:
		return nil
	case plus:
		return malformedSCRAM().WithDetail(
			"The client selected SCRAM-SHA-256-PLUS, but the SCRAM message does not include channel binding data.")
	default:
		return malformedSCRAM().WithDetail(
			"The client selected SCRAM-SHA-256 without channel binding, but the SCRAM message includes channel binding data.")
	}
}

func malformedSCRAM() *sqlerr.Error {
	return sqlerr.Newf(sqlerr.ProtocolViolation, "malformed SCRAM message")
}

// scramError turns the server error of RFC 5802, section 7, into PostgreSQL's. The library's own text quotes the message and
// goes nowhere.
func (l *login) scramError(serverError string) *sqlerr.Error {
	switch serverError {
	case scram.ErrInvalidProof:
		return l.refused()
	case scram.ErrServerDoesSupportChannelBinding:
		return sqlerr.Newf(sqlerr.InvalidAuthorization, "SCRAM channel binding negotiation error").WithDetail(
			"The client supports SCRAM channel binding but thinks the server does not.  However, this server does support channel binding.")
	case scram.ErrUnsupportedChannelBindingType:
		return sqlerr.Newf(sqlerr.ProtocolViolation, "unsupported SCRAM channel-binding type")
	case scram.ErrChannelBindingsDontMatch:
		return sqlerr.Newf(sqlerr.InvalidAuthorization, "SCRAM channel binding check failed")
	}
	return malformedSCRAM()
}

// parseVerifier reads SCRAM-SHA-256$iterations:salt$storedKey:serverKey (PostgreSQL 15, section 53.10, pg_authid).
func parseVerifier(text string) (scram.StoredCredentials, bool) {
	var none scram.StoredCredentials
	scheme, rest, _ := strings.Cut(text, "$")
	params, keys, _ := strings.Cut(rest, "$")
	iterations, salt, _ := strings.Cut(params, ":")
	stored, server, ok := strings.Cut(keys, ":")
	count, err := strconv.Atoi(iterations)
	if scheme != scramSHA256 || !ok || err != nil || count < 1 {
		return none, false
	}
	parts := make([][]byte, 3)
	for i, part := range []string{salt, stored, server} {
		if parts[i], err = base64.StdEncoding.DecodeString(part); err != nil {
			return none, false
		}
	}
	if len(parts[0]) == 0 || len(parts[1]) != sha256.Size || len(parts[2]) != sha256.Size {
		return none, false
	}
	return scram.StoredCredentials{
		KeyFactors: scram.KeyFactors{Salt: string(parts[0]), Iters: count}, StoredKey: parts[1], ServerKey: parts[2],
	}, true
}

// mockCredentials are of no password. A user's salt stays the same from one attempt to the next, as a known user's does.
func (s *Server) mockCredentials(user string) scram.StoredCredentials {
	derive := func(what string) []byte {
		h := hmac.New(sha256.New, s.opts.MockSecret)
		h.Write([]byte(what + "\x00" + user))
		return h.Sum(nil)
	}
	return scram.StoredCredentials{
		KeyFactors: scram.KeyFactors{Salt: string(derive("salt")[:mockSalt]), Iters: mockIterations},
		StoredKey:  derive("stored key"), ServerKey: derive("server key"),
	}
}
