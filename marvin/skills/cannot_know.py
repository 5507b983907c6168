"""Questions about the world around the user, which nothing here can see: an honest no, and what
the user can do.

A language model would make up an answer: "The front door is locked." The templates are complete
questions, since "is it cold" may be about the moon, and "who won the war" is history.
"""

from collections.abc import Callable

from marvin.languages.translation import tr

LISTS = {
    "weather": (
        "raining,snowing,hailing,sunny,windy,cloudy,foggy,icy,stormy,freezing,drizzling,humid"
    ),
    "felt": "cold,warm,hot,cool,chilly,mild,wet,dry,dark,slippery,nice",
    "falls": "rain,snow,hail,storm,freeze,thunder,be sunny,be windy,clear up,stop raining",
    "room": (
        "room,living room,kitchen,bedroom,bathroom,office,hall,hallway,garage,basement,dining room"
        ",guest room,nursery,garden,attic,house,fridge,freezer,oven,pool"
    ),
    "at_home": (
        "light,lights,lamp,lamps,tv,television,radio,heating,heater,thermostat,fan,ac,"
        "air conditioning,oven,stove,cooker,hob,iron,kettle,coffee machine,dishwasher,"
        "washing machine,washer,dryer,vacuum,vacuum cleaner,curtains,blinds,shutters,door,doors,"
        "front door,back door,garage door,gate,garage,window,windows,alarm,alarm system,tap,water,"
        "gas,wifi,internet,printer,computer,car,laundry"
    ),
    "in_state": (
        "on,off,open,opened,closed,shut,locked,unlocked,running,finished,done,ready,armed,empty,full"
        ",still on,still open,still running,working,charged,charging,still locked,turned off"
        ",turned on,switched off,switched on"
    ),
    "left": "leave,lock,close,shut,turn off,turn on,switch off,switch on,unplug,left,locked,closed",
    "ride": "bus,train,tram,flight,plane,subway,metro,underground,tube,ferry,boat",
    "delayed": "on time,late,delayed,cancelled,canceled,early,punctual",
    "goes": "leave,go,come,arrive,depart,due,land,leaving,coming,arriving,departing,landing",
    "called": "call,called,ring,rung,rang,phone,phoned,text,texted,write,written,email,emailed"
    ",message,messaged",
    "letter": "message,messages,email,emails,mail,mails,calls,missed calls,voicemail,voicemails"
    ",notifications,texts,text messages",
    "planned": "appointment,meeting,event,call,lesson,class,shift,trip,holiday,exam,date",
    "heard": "song,track,music,tune,piece,band,artist,singer",
    "screen": "tv,television,telly,the radio,the tv,the telly,netflix",
    "lost": (
        "phone,keys,key,car keys,house keys,wallet,purse,glasses,sunglasses,car,bike,remote,tablet"
        ",laptop,cat,dog,wife,husband,son,daughter,kids,children,parcel,package,headphones,bag"
    ),
    "shop": (
        "supermarket,shop,store,bakery,pharmacy,bank,post office,library,gym,pool,cinema,restaurant"
        ",cafe,butcher,hairdresser,museum,zoo,petrol station,gas station,mall,pub,bar,market"
    ),
    "shops": "shops,restaurants,cafes,supermarkets,pharmacies,bars,pubs,hotels,gas stations,parks"
    ",bakeries,banks,museums,cinemas",
    "home_or_work": "work,home,the office,school,the airport,the station,the train station,town",
    "price": "stock price,share price,exchange rate,price of bitcoin,bitcoin price,gold price"
    ",oil price",
    "team_play": "play,playing,win,won,lose,lost,score,do",
    "match": "game,match,race,cup final,final,fight,derby",
    "sun": "sunrise,sunset,dawn,dusk,sundown,moonrise,golden hour",
    "sun_does": "rise,set,come up,go down,goes down,comes up",
    "film": "movie,movies,film,films,shows",
    "index": "stock market,market,markets,dow,dow jones,nasdaq,ftse,dax,nikkei,stocks",
    "stock": "stock,stocks,shares,share price,stock price",
    "stock_price": "stock price,share price,stock at,stock trading at,trading at",
    "money_name": (
        "dollar,dollars,us dollars,u s dollars,american dollars,canadian dollars,australian dollars"
        ",euro,euros,pound,pounds,british pounds,sterling,pounds sterling,yen,japanese yen,yuan"
        ",swiss francs,francs,rupees,pesos,mexican pesos,kronor,kroner,zloty,rubles,won,lira,baht"
        ",bitcoin,bitcoins"
    ),
    "delivery": "package,parcel,order,delivery,mail,post",
    "building": "street,avenue,road,station,airport,hospital,hotel,stadium,university,museum,beach",
    "fuel": "gas,petrol,diesel,fuel",
    "coin": "a bitcoin,bitcoin,one bitcoin,gold,ethereum,the dollar,the euro",
}
_HERE_OR_THEN = (
    "right now|now|today|tonight|tomorrow|outside|out there|here|later"
    "|this (morning|afternoon|evening|week|weekend)|tomorrow (morning|afternoon|evening|night)"
    "|next week|at the weekend|on the weekend|[on ](monday|tuesday|wednesday|thursday|friday"
    "|saturday|sunday)|(on|at) (christmas|christmas day|christmas eve|new year's eve|easter"
    "|thanksgiving|halloween|my birthday)|in the (morning|afternoon|evening)"
)
RULES = {
    "the": "(the|my|our|all the|all of the|any of the|all|any)",
    "asks_when": f"[ ({_HERE_OR_THEN}|soon|already|yet)]",
    "certain_when": f"({_HERE_OR_THEN}|out|in here)",
    "gone": (
        "[ (me|us|for me)][ (today|yesterday|just now|while i was (out|away|gone|asleep|sleeping)"
        "|this (morning|afternoon|evening)|earlier|lately|last night|back)]"
    ),
    "someone": "(anyone|anybody|someone|somebody)",
}

SKY = (
    "(when|what time) (is|will) [(the|todays|tomorrows) ]{sun}[ be]<asks_when>[ in {free_where}]",
    "(when|what time) (does|will) the (sun|moon) {sun_does}<asks_when>[ in {free_where}]",
    "(when|what time) does it get (dark|light)<asks_when>",
    "(what is|what's) the [current ](moon phase|phase of the moon)<asks_when>",
    "is (it|there) a (full|new) moon<asks_when>",
    "when is the next (full moon|new moon|eclipse|solar eclipse|lunar eclipse)",
)
WEATHER = (
    "(how|what) is the weather[ like]<asks_when>[ (in|at) {free_where}]",
    "what will the weather be[ like]<asks_when>[ (in|at) {free_where}]",
    "what is the [weather ]forecast<asks_when>[ (in|for|at) {free_where}]",
    "[the ](weather|weather forecast|forecast)<asks_when>[ (in|for|at) {free_where}]",
    "(show|give|tell|read) me the (weather|weather forecast|forecast)[ {free_where}]",
    "is it [(still|going to be|gonna be) ]{weather}<asks_when>",
    "(is|will) it [still ][be ][get ][really ]{felt} <certain_when>",
    "(is it going to|will it|is it gonna) {falls}<asks_when>",
    "(is it going to|will it|is it gonna) (be|get|stay) [(really|very|so) ]({felt}|{weather}) "
    "<certain_when>",
    "how {felt} (is it|will it be|will it get) <certain_when>[ <certain_when>]",
    "(what is|how high is) the [(current|outdoor|outside) ](temperature|humidity|air quality)"
    "<asks_when>[ in {free_where}]",
    "(what is|how high is) the (air pressure|uv index|pollen count|wind speed)<asks_when>",
    "(do i need|should i take|will i need) (an umbrella|my umbrella|a jacket|a coat|sunscreen)"
    "<asks_when>",
)
HOME = (
    "(is|are) <the> [{any_sort} ]{at_home} {in_state}[ in the {room}][ (now|right now)]",
    "(did|have) i [(leave|left) ]<the> [{any_sort} ]{at_home} {in_state}",
    "(did|have) i [really ]{left} <the> [{any_sort} ]{at_home}[ {in_state}]",
    "is <someone> (home|at home|at the door|in the house|upstairs|downstairs|in the {room})",
    "(who is|who was) at the [(front|back) ]door",
    "who [just ](rang|is ringing)[ the (bell|doorbell|door bell)]",
    "(what is the temperature|how {felt} is it|what is the humidity) in (the|my|our) {room}",
    "what is the [(indoor|inside|room) ](temperature|humidity) (inside|indoors|in here|at home)",
    "what is the (indoor|inside|room) (temperature|humidity|air quality)",
    "how much battery (do i have|does my phone have|is left|do you have)[ left]",
    "what is (my|the) battery[ level]",
)
AROUND = (
    "(how is [the ]traffic|what is the traffic like)<asks_when>[ {free_where}]",
    "is there [(a|any|much|a lot of) ](traffic|traffic jam|traffic jams)<asks_when>",
    "is there [(a|any|much|a lot of) ](traffic|traffic jam) (on|to) {free_where}",
    "(when|what time) (does|is|do|will) (the|my) [(next|last|first) ]{ride}[ {goes}]",
    "(when|what time) (does|is|do|will) (the|my) [(next|last|first) ]{ride} [{goes} ]"
    "(to|from|for|home) {free_where}",
    "is (my|the) [(next|last) ]{ride} {delayed}",
    "where (is|are) my {lost}",
    "where is the (nearest|closest|next) {shop}",
    "(find|show) [me ][(a|an|any|some) ]{free_what} "
    "(near me|nearby|near here|around here|close by)",
    "(are|is) there [(a|an|any|some|good|any good|a good) ]({shop}|{shops})"
    " (near me|nearby|near here|around here|close by|in the area)",
    "is the {shop} [still ](open|closed)<asks_when>",
    "(when|what time) does the {shop} (open|close)<asks_when>",
    "how far is it to {free_where} from here",
    "how long (does|will) it take [me ]to get to {home_or_work}[ from here]",
    "how long (does|will) it take [me ]to get home[ from here]",
)
PEOPLE = (
    "(did|has) <someone>[ just] {called}<gone>",
    "who [just ]{called}<gone>",
    "[(any|are there any|is there any) ][(new|unread) ]{letter}[ for me]",
    "(is|are) there [any ][(new|unread) ]{letter}[ for me]",
    "(when|what|where) is (my|our) (next|first|last) {planned}<asks_when>",
    "what (do i have|have i got) (planned|on|scheduled)<asks_when>",
    "(do i have|have i got) (anything|something) (planned|on|scheduled)<asks_when>",
)
SPORT = (
    "did [(the|my) ]{any_team} (win|lose|play)[ (the|their) [last ]{match}]"
    " (last night|yesterday|today|tonight|this weekend|last weekend|on sunday|on saturday)",
    "did [(the|my) ]{any_team} (win|lose) (the|their) last {match}",
    "(when|what time) (do|does|is|are) [(the|my) ]{any_team} (play|playing|play next)<asks_when>",
    "(when|what time) is the [next ]{any_team} {match}<asks_when>",
    "(when|what time) is the [next |big ]{match}<asks_when>",
    "who (is|are) [(the|my) ]{any_team} playing<asks_when>",
    "how (did|are|is) [(the|my) ]{any_team} {team_play}[ing] (last night|yesterday|tonight|today)",
    "who (won|is winning|lost|is playing) the {match}<asks_when>",
    "who (is winning|won|is playing)[ (today|tonight|last night|yesterday)]",
    "what (is|was) the score (of|in) the [{any_team} ]{match}<asks_when>",
    "what (is|was) the {any_team} score <certain_when>",
)
MONEY = (
    "(how much|what) (is|are) <number> {money_name:from_money} (in|to|into) {money_name:to_money}",
    "(convert|change|exchange) <number> {money_name:from_money} (to|into|in) {money_name:to_money}",
    "how many {money_name:to_money} (is|are|in|for|to|do i get for|are in) "
    "(a|an|<number>) {money_name:from_money}",
    "<number> {money_name:from_money} (in|to|into) {money_name:to_money}",
    "what is the [current ]{money_name} (rate|exchange rate|to {money_name:to_money}|worth)"
    "[ exchange rate]<asks_when>",
    "how (is|are|did) [the ]{index} (doing|do|close|looking)<asks_when>",
    "what is the {index} (at|doing)<asks_when>",
    "how (is|are) {any_company} (stock|stocks|shares) doing<asks_when>",
    "what is [the ]{any_company} {stock_price}<asks_when>",
    "how much is {any_company} {stock}[ worth]<asks_when>",
    "(what are|how high are|how much are) the {fuel} prices<asks_when>[ near me]",
    "how much is {fuel}<asks_when>[ near me]",
    "[what are the ]{fuel} prices[ near me]",
)
WAY = (
    "how (do|can|would|should) (i|we|you) get (home|to [the |my ]({home_or_work}|{shop}))"
    "[ from {free_where}]",
    "how (do|can|would|should) (i|we|you) get to [the ]{any_where} {building}[ from {free_where}]",
    "how (do|can|would) (i|we) get from {any_from} to {any_where}",
    "what is the (fastest|quickest|shortest|best) (way|route) "
    "(home|to [the |my ]({home_or_work}|{shop}))",
    "how (far away|far) is ((the|my) [(nearest|closest|next) ]{shop}|[the ]{home_or_work})"
    "[ from (here|my house|home)]",
    "(what|which) {shops} are (nearby|near me|near here|around here|close by|open)<asks_when>",
    "how long is (my commute|the drive to {free_where}|my drive)<asks_when>",
    "how long will it take (me|us) to (drive|walk|get) to {free_where}",
    "(where am i|where are we|what is my location|what is my address|what (city|town) am i in)",
    "(is|are) {any_shop} [still ]open <certain_when>",
    "what time (does|do) {any_shop} (open|close)<asks_when>",
    "when (does|do) {any_shop} (open|close) <certain_when>",
    "how late is [the ]{any_shop} open<asks_when>",
    "(where is|when will|when does|when is) my {delivery}[ (arrive|come|coming|arriving|here)]"
    "<asks_when>",
    "has my {delivery} (arrived|come|shipped)",
)
EARLIER = (
    "what did (i|we) (ask|tell|say to|talk to) you[ about] (yesterday|last week|last time"
    "|last month|the other day|this morning)",
    "what did we (talk|speak) about (yesterday|last week|last time|last month|the other day)",
)
ON_AIR = (
    "(what|which) {heard} (is this|is that|is playing|is it)[ (now|right now)]",
    "what is playing[ (now|right now)]",
    "who sings (this|that|this song)",
    "what is on {screen}<asks_when>",
    "what {film} (are|is) (playing|showing|on|in theaters|in the cinema|out)<asks_when>"
    "[ (near me|nearby|at the (cinema|movies|theater))]",
    "what is (playing|showing|on) (at|in) the (cinema|movies|theater|theaters)<asks_when>",
    "[what are the ](showtimes|movie times|film times)[ (for|near) {free_what}]",
    "[what are ][the ][winning ]lottery numbers<asks_when>",
    "[(any|what is the|tell me the|give me the|latest|the) ](news|headlines)<asks_when>",
    "(tell|give) (me|us) [the ][(latest|new|todays) ](news|headlines)<asks_when>",
    "what happened[ (in the world|in the news)] (today|yesterday|this week|last night)",
    "what happened in the (world|news)",
    "(catch me up|what did i miss)[ on the news]",
    "what is (happening|going on|new) in the world<asks_when>",
    "what is happening<asks_when> in the world",
    "(what is|how high is) the {price}[ (of|for) {free_what}]",
    "how much does {coin} cost[ (now|right now|today)]",
    "how much is {coin}[ worth][ (now|right now|today)]",
    "what is {coin} worth[ (now|right now|today)]",
    "(who won|did {any_team} win) [{free_what} ](last night|yesterday|today|tonight)",
    "did {any_team} win",
    "what is the score[ (now|right now)]",
)

# Key, sentences and refusal.
_KINDS: tuple[tuple[str, tuple[str, ...], Callable[[], str]], ...] = (
    ("weather", WEATHER, lambda: tr("I cannot look up the weather.")),
    ("sky", SKY, lambda: tr("I cannot look up the sun and the moon: I have no internet.")),
    ("home", HOME, lambda: tr("I cannot see what goes on in your home: I have no sensors.")),
    (
        "around",
        AROUND + WAY,
        lambda: tr("I do not know where things are or when they go: I have no internet."),
    ),
    ("people", PEOPLE, lambda: tr("I cannot look up your calls, messages and appointments.")),
    ("money", MONEY, lambda: tr("I do not know prices and exchange rates: I have no internet.")),
    ("news", SPORT + ON_AIR, lambda: tr("I cannot look up what is new: I have no internet.")),
)


def _with_next_step(no: Callable[[], str]) -> Callable[[], str]:
    return lambda: f"{no()} {next_step()}"


def next_step() -> str:
    return tr("You can add a command for it.")


UNKNOWN = (
    *((key, sentences, _with_next_step(no)) for key, sentences, no in _KINDS),
    ("earlier", EARLIER, lambda: tr("I do not remember earlier conversations.")),
)
