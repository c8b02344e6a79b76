package tpch

import (
	"strings"
	"sync"

	"meshgate/testdata/tpc"
)

func words(s string) []string { return strings.Fields(s) }

// The words of clause 4.2.2.14's grammar. What queries look for is there several times, to be met as often as the specification wants.
var (
	nouns = strings.Split("packages,requests,accounts,deposits,packages,requests,accounts,deposits,packages,requests,accounts,deposits,foxes,ideas,"+
		"theodolites,pinto beans,instructions,dependencies,excuses,platelets,asymptotes,courts,dolphins,multipliers,sauternes,warthogs,frets,dinos,"+
		"attainments,somas,patterns,forges,braids,hockey players,frays,warhorses,dugouts,notornis,epitaphs,pearls,tithes,waters,orbits,gifts,"+
		"sheaves,depths,sentiments,decoys,realms,pains,grouches,escapades", ",")
	verbs = words(`sleep wake are cajole haggle nag use boost affix detect integrate maintain nod was lose sublate solve thrash promise engage
		hinder print x-ray breach eat grow impress mold poach serve run dazzle snooze doze unwind kindle play hang believe doubt`)
	adjectives = words(`special pending unusual express regular final ironic even bold silent special pending unusual express furious sly careful
		blithe quick fluffy slow quiet ruthless thin close dogged daring brave stealthy permanent enticing idle busy`)
	adverbs = words(`sometimes always never furiously slyly carefully blithely quickly fluffily slowly quietly ruthlessly thinly closely doggedly
		daringly bravely stealthily permanently enticingly idly busily regularly finally ironically evenly boldly silently`)
	prepositions = strings.Split("about,above,according to,across,after,against,along,alongside of,among,around,at,atop,before,behind,beneath,beside,"+
		"besides,between,beyond,by,despite,during,except,for,from,in place of,inside,instead of,into,near,of,on,outside,over,past,since,through,"+
		"throughout,to,toward,under,until,up,upon,without,with,within", ",")
	auxiliaries = strings.Split("do,may,might,shall,will,would,can,could,should,ought to,must,will have to,shall have to,could have to,should have to,"+
		"must have to,need to,try to", ",")
	terminators = words(". ; : ? ! --")
)

// A sentence is a pattern of N(oun phrase), V(erb phrase) and P(repositional phrase).
var sentences = words("NV NVP NVN NPVN NPVP")

func sentence(r *tpc.Rand, b *strings.Builder) {
	for _, phrase := range r.Pick(sentences) {
		switch phrase {
		case 'N':
			nounPhrase(r, b)
		case 'V':
			verbPhrase(r, b)
		case 'P':
			b.WriteString(r.Pick(prepositions) + " the ")
			nounPhrase(r, b)
		}
	}
	end := strings.TrimSuffix(b.String(), " ")
	b.Reset()
	b.WriteString(end + r.Pick(terminators) + " ")
}

func nounPhrase(r *tpc.Rand, b *strings.Builder) {
	switch r.Between(1, 4) {
	case 1:
	case 2:
		b.WriteString(r.Pick(adjectives) + " ")
	case 3:
		b.WriteString(r.Pick(adjectives) + ", " + r.Pick(adjectives) + " ")
	case 4:
		b.WriteString(r.Pick(adverbs) + " " + r.Pick(adjectives) + " ")
	}
	b.WriteString(r.Pick(nouns) + " ")
}

func verbPhrase(r *tpc.Rand, b *strings.Builder) {
	kind := r.Between(0, 3)
	if kind&1 != 0 {
		b.WriteString(r.Pick(auxiliaries) + " ")
	}
	b.WriteString(r.Pick(verbs) + " ")
	if kind&2 != 0 {
		b.WriteString(r.Pick(adverbs) + " ")
	}
}

// pool is the text that comments are cut from: the specification has one of 300 MB; this is enough for comments to differ.
var pool = sync.OnceValue(func() string {
	const size = 2 << 20
	r := tpc.NewRand("pool", 0)
	var text, one strings.Builder
	for text.Len() < size {
		one.Reset()
		sentence(&r, &one)
		text.WriteString(one.String())
	}
	return text.String()
})

// comment is a text string of clause 4.2.2.10.
func comment(r *tpc.Rand, low, high int) string {
	text := pool()
	size := r.Between(low, high)
	start := r.Between(0, len(text)-size)
	return text[start : start+size]
}

const addressLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 ,."

// address is a random v-string of clause 4.2.2.7.
func address(r *tpc.Rand) string {
	b := make([]byte, r.Between(10, 40))
	for i := range b {
		b[i] = addressLetters[r.Between(0, len(addressLetters)-1)]
	}
	return string(b)
}
