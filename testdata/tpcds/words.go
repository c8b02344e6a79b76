package tpcds

import "strings"

func list(s string) []string { return strings.Split(strings.ReplaceAll(s, "\n", ""), ",") }

var (
	vocabulary = strings.Fields(`able early small social national other certain major local public general likely great new young different
		important old recent political years people systems questions children houses members prices rates countries areas services parts cases
		weeks companies groups problems hands powers schools relations students effects courts interests terms papers sites levels make take
		give become find show tell leave hold bring keep include provide`)
	streetNames = list(`Main,Oak,Park,Maple,Cedar,Elm,View Lake,Washington,Lincoln,Jackson,Hill,Lake,Ridge,Spring,Walnut Mill,Sunset,Forest,College`)
	streetTypes = list(`Street,ST,Avenue,Ave,Boulevard,Blvd,Circle,Court,Ct.,Drive,Dr.,Lane,Ln,Parkway,Pkwy,Road,RD,Way,Wy`)
	cities      = list(`Fairview,Midway,Edgewood,Pleasant Hill,Oak Grove,Five Points,Centerville,Liberty,Greenville,Bethel,Riverside,Salem,Union,
Concord,Glendale,Marion,Oakland,Springfield,Shiloh,Antioch`)
	counties = list(`Williamson County,Ziebach County,Franklin Parish,Walker County,Daviess County,Barrow County,Luce County,Rush County,
Toole County,Jefferson County,Dona Ana County,La Porte County,Orange County,Bronx County`)
	// States that queries ask for are there more often.
	states = strings.Fields(`TN TN TN TN TN GA GA GA GA IL IL IL TX TX TX OH OH KY KY VA VA MS MS NM NM IN IN CA CA WA WA CO SD MN MN AL NC WI LA OK NJ
		NE IA NY PA FL`)
	offsets = map[string]string{
		"TN": "-5.00", "GA": "-5.00", "OH": "-5.00", "KY": "-5.00", "VA": "-5.00", "IN": "-5.00", "NC": "-5.00", "NJ": "-5.00", "NY": "-5.00",
		"PA": "-5.00", "FL": "-5.00", "IL": "-6.00", "TX": "-6.00", "MS": "-6.00", "MN": "-6.00", "AL": "-6.00", "WI": "-6.00", "LA": "-6.00",
		"OK": "-6.00", "NE": "-6.00", "IA": "-6.00", "SD": "-6.00", "NM": "-7.00", "CO": "-7.00", "CA": "-8.00", "WA": "-8.00",
	}
	zips = strings.Fields(`85669 86197 88274 83405 86475 85392 85460 80348 81792 35709 31904 35804 33604 38877 37838 30499 24128 76232 65084 87816
		83926 77556 20548 26231 43848 15126 91137 61265 98294 25782 17920 18426 98235 40081 84093 28577 55565 17183 54601 67897`)
	firstNames = strings.Fields(`Ada Alan Barbara Brian Carla Charles Dana Edgar Frances Grace Hal Ida James Karen Leslie Maria Niklaus Olga
		Peter Quinn Ruth Sophie Tony Ursula Victor Wanda Xavier Yvonne Zoe John Mary Robert`)
	lastNames = strings.Fields(`Adams Baker Clark Davis Evans Ford Green Hill Irwin Jones King Lopez Moore Nash Owens Parker Quick Reed Smith
		Turner Upton Vance White Young Zimmer Brown Miller Wilson Taylor Thomas`)
	salutations = list("Mr.,Mrs.,Ms.,Dr.,Miss,Sir")
	birthPlaces = list("UNITED STATES,CANADA,MEXICO,BRAZIL,FRANCE,GERMANY,INDIA,JAPAN,KENYA,NORWAY,PERU,POLAND,TOGO,TURKEY,VIET NAM")
	marital     = strings.Fields("M S D W U")
	educations  = list("Primary,Secondary,College,2 yr Degree,4 yr Degree,Advanced Degree,Unknown")
	ratings     = list("Low Risk,Good,High Risk,Unknown")
	potentials  = list("0-500,501-1000,1001-5000,5001-10000,>10000,Unknown")
	reasons     = list(`Package was damaged,Stopped working,Did not get it on time,Not the product that was ordred,Parts missing,Does not work with a product
 that I have,Gift exchange,Did not like the color,Did not like the model,Did not like the make,Did not like the warranty,No service location in my
 area,Found a better price in a store,Found a better extended warranty in a store,reason 15,reason 16,reason 17,reason 18,reason 19,reason 20,reason 21,
reason 22,reason 23,reason 24,reason 25,reason 26,reason 27,reason 28,reason 29,reason 30,reason 31,reason 32,reason 33,reason 34,reason 35`)
	shipTypes  = list("EXPRESS,NEXT DAY,OVERNIGHT,TWO DAY,LIBRARY,REGULAR")
	carriers   = list("DHL,BARIAN,UPS,FEDEX,AIRBORNE,USPS,TBS,ZOUROS,MSC,LATVIAN")
	pageTypes  = list("ad,dynamic,feedback,general,order,protected,welcome")
	categories = list("Women,Men,Children,Shoes,Music,Jewelry,Home,Sports,Books,Electronics")
	classes    = map[string][]string{
		"Women": list("dresses,fragrances,maternity,swimwear"), "Men": list("accessories,pants,shirts,sports-apparel"),
		"Children": list("infants,newborn,school-uniforms,toddlers"), "Shoes": list("athletic,kids,mens,womens"),
		"Music":   list("classical,country,pop,rock"),
		"Jewelry": list("birdal,bracelets,costume,custom,diamonds,earings,estate,gold,jewelry boxes,loose stones,mens watch,pendants,rings,semi-precious"),
		"Home":    list("accent,bathroom,bedding,blinds/shades,curtains/drapes,decor,flatware,furniture,glassware,kids,lighting,mattresses,paint,rugs,tables"),
		"Sports":  list("archery,athletic shoes,baseball,basketball,camping,fishing,fitness,football,golf,guns,hockey,optics,outdoor,pools,sailing,tennis"),
		"Books":   list("arts,business,computers,cooking,entertainments,fiction,history,home repair,mystery,parenting,reference,romance,science,self-help,sports,travel"),
		"Electronics": list("audio,automotive,camcorders,cameras,disk drives,dvd/vcr players,karoke,memory,monitors,musical,personal,portable,scanners,stereo," +
			"televisions,wireless"),
	}
	brandWords = strings.Fields("amalg importo edu_pack exporti scholar univ brand corp maxi nameless")
	sizes      = list("petite,small,medium,large,extra large,economy,N/A")
	units      = strings.Fields("Unknown Each Dozen Case Pallet Gross Carton Box Bunch Bundle Oz Lb Ton Ounce Pound Tsp Tbl Cup Dram Gram N/A")
	colours    = strings.Fields(`almond antique aquamarine azure beige bisque black blanched blue blush brown burlywood burnished chartreuse chiffon
		chocolate coral cornflower cornsilk cream cyan dark deep dim dodger drab firebrick floral forest frosted gainsboro ghost goldenrod green grey
		honeydew hot indian ivory khaki lace lavender lawn lemon light lime linen magenta maroon medium metallic midnight mint misty moccasin navajo navy
		olive orange orchid pale papaya peach peru pink plum powder puff purple red rose rosy royal saddle salmon sandy seashell sienna sky slate smoke
		snow spring steel tan thistle tomato turquoise violet wheat white yellow`)
)
