"""Names of places, by their time zone in the IANA database."""

# Zone | names.
_ZONES = """
Europe/London | london,england,the united kingdom,britain,great britain,united kingdom,uk,scotland,wales,northern ireland,edinburgh,glasgow,manchester,birmingham,liverpool,leeds,bristol,cardiff,belfast,oxford,cambridge,jersey,guernsey,isle of man
Europe/Dublin | dublin,ireland,cork
Europe/Lisbon | lisbon,portugal,porto
Atlantic/Azores | azores
Atlantic/Canary | canary islands,tenerife,gran canaria
Europe/Madrid | madrid,spain,barcelona,valencia,seville,malaga,bilbao,mallorca,ibiza
Europe/Paris | paris,france,lyon,marseille,nice,toulouse,bordeaux,strasbourg,lille
Europe/Brussels | brussels,belgium,antwerp,ghent,bruges
Europe/Amsterdam | amsterdam,the netherlands,netherlands,holland,rotterdam,the hague,utrecht
Europe/Luxembourg | luxembourg
Europe/Berlin | berlin,germany,munich,hamburg,cologne,frankfurt,stuttgart,dusseldorf,leipzig,dresden,hanover,bremen,nuremberg
Europe/Zurich | zurich,switzerland,geneva,basel,bern,lausanne
Europe/Vienna | vienna,austria,salzburg,graz,innsbruck
Europe/Rome | rome,italy,milan,naples,turin,florence,venice,sicily,bologna,san marino,vatican,vatican city
Europe/Malta | malta
Europe/Monaco | monaco
Europe/Andorra | andorra
Europe/Vaduz | liechtenstein
Europe/Copenhagen | copenhagen,denmark,aarhus
Europe/Oslo | oslo,norway,bergen
Europe/Stockholm | stockholm,sweden,gothenburg,malmo
Europe/Helsinki | helsinki,finland,tampere
Atlantic/Reykjavik | reykjavik,iceland
Europe/Tallinn | tallinn,estonia
Europe/Riga | riga,latvia
Europe/Vilnius | vilnius,lithuania
Europe/Warsaw | warsaw,poland,krakow,cracow,gdansk,wroclaw
Europe/Prague | prague,czech republic,czechia,brno
Europe/Bratislava | bratislava,slovakia
Europe/Budapest | budapest,hungary
Europe/Ljubljana | ljubljana,slovenia
Europe/Zagreb | zagreb,croatia,split
Europe/Sarajevo | sarajevo,bosnia,bosnia and herzegovina
Europe/Belgrade | belgrade,serbia
Europe/Podgorica | montenegro,podgorica
Europe/Skopje | skopje,north macedonia,macedonia
Europe/Tirane | tirana,albania
Europe/Athens | athens,greece,crete,thessaloniki
Europe/Sofia | sofia,bulgaria
Europe/Bucharest | bucharest,romania
Europe/Chisinau | chisinau,moldova
Europe/Kyiv | ukraine,kyiv,kiev,lviv,odessa,kharkiv
Europe/Minsk | minsk,belarus
Europe/Moscow | moscow,saint petersburg,st petersburg
Asia/Yekaterinburg | yekaterinburg
Asia/Novosibirsk | novosibirsk
Asia/Vladivostok | vladivostok
Europe/Istanbul | istanbul,turkey,ankara,izmir,antalya,turkiye
Asia/Nicosia | cyprus,nicosia
Asia/Jerusalem | jerusalem,israel,tel aviv,haifa
Asia/Beirut | beirut,lebanon
Asia/Damascus | damascus,syria
Asia/Amman | amman,jordan
Asia/Baghdad | baghdad,iraq
Asia/Riyadh | riyadh,saudi arabia,mecca,jeddah
Asia/Kuwait | kuwait
Asia/Qatar | doha,qatar
Asia/Bahrain | bahrain
Asia/Dubai | dubai,abu dhabi,united arab emirates,the emirates,uae
Asia/Muscat | muscat,oman
Asia/Aden | yemen
Asia/Tehran | tehran,iran
Asia/Baku | baku,azerbaijan
Asia/Tbilisi | tbilisi
Asia/Yerevan | yerevan,armenia
Asia/Kabul | kabul,afghanistan
Asia/Karachi | karachi,pakistan,lahore,islamabad
Asia/Kolkata | delhi,india,mumbai,new delhi,bombay,bangalore,bengaluru,calcutta,kolkata,chennai,hyderabad,pune,ahmedabad,goa
Asia/Colombo | colombo,sri lanka
Asia/Kathmandu | kathmandu,nepal
Asia/Dhaka | dhaka,bangladesh
Asia/Thimphu | bhutan
Indian/Maldives | maldives
Asia/Yangon | yangon,myanmar,burma
Asia/Bangkok | bangkok,thailand,phuket
Asia/Ho_Chi_Minh | vietnam,hanoi,ho chi minh city,saigon
Asia/Phnom_Penh | cambodia,phnom penh
Asia/Vientiane | laos
Asia/Kuala_Lumpur | malaysia,kuala lumpur
Asia/Singapore | singapore
Asia/Jakarta | jakarta,java
Asia/Makassar | bali
Asia/Manila | manila,the philippines,philippines
Asia/Shanghai | beijing,china,shanghai,shenzhen,guangzhou,wuhan,chengdu,tianjin,nanjing,chongqing
Asia/Hong_Kong | hong kong
Asia/Macau | macau,macao
Asia/Taipei | taipei,taiwan
Asia/Seoul | seoul,south korea,korea,busan
Asia/Pyongyang | north korea,pyongyang
Asia/Tokyo | tokyo,japan,osaka,kyoto,yokohama,nagoya,sapporo,hiroshima,okinawa
Asia/Ulaanbaatar | ulaanbaatar,mongolia
Asia/Tashkent | tashkent,uzbekistan
Asia/Almaty | almaty,kazakhstan,astana
Asia/Bishkek | kyrgyzstan
Asia/Dushanbe | tajikistan
Asia/Ashgabat | turkmenistan
Africa/Cairo | cairo,egypt,alexandria
Africa/Tripoli | libya,tripoli
Africa/Tunis | tunisia,tunis
Africa/Algiers | algeria,algiers
Africa/Casablanca | morocco,casablanca,marrakesh,marrakech,rabat
Africa/Dakar | senegal,dakar
Africa/Accra | ghana,accra
Africa/Abidjan | ivory coast,abidjan,burkina faso,gambia,guinea,mali,mauritania,sierra leone,togo
Africa/Lagos | lagos,nigeria,abuja,benin,cameroon,gabon,niger,equatorial guinea
Africa/Khartoum | sudan,khartoum
Africa/Addis_Ababa | ethiopia,addis ababa
Africa/Nairobi | nairobi,kenya,djibouti,eritrea
Africa/Kampala | uganda
Africa/Kigali | rwanda
Africa/Dar_es_Salaam | tanzania,zanzibar,dar es salaam
Africa/Mogadishu | somalia
Africa/Kinshasa | kinshasa,brazzaville
Africa/Lubumbashi | lubumbashi
Africa/Luanda | angola
Africa/Lusaka | zambia
Africa/Harare | zimbabwe
Africa/Maputo | mozambique,burundi,malawi
Africa/Windhoek | namibia
Africa/Gaborone | botswana
Africa/Johannesburg | cape town,south africa,johannesburg,durban,pretoria,lesotho,eswatini,swaziland
Indian/Antananarivo | madagascar
Indian/Mauritius | mauritius
America/New_York | new york,boston,washington,miami,florida,new york city,nyc,washington d c,washington dc,new jersey,massachusetts,pennsylvania,virginia,north carolina,south carolina,ohio,connecticut,vermont,maine,maryland,atlanta,philadelphia,baltimore,pittsburgh,charlotte,orlando,tampa,cleveland,cincinnati,columbus,buffalo,delaware,new hampshire,rhode island,west virginia,indiana,indianapolis,kentucky,louisville,east coast,eastern time
America/Detroit | detroit,michigan
America/Chicago | chicago,texas,houston,illinois,dallas,austin,san antonio,fort worth,minnesota,minneapolis,wisconsin,milwaukee,iowa,missouri,st louis,saint louis,kansas city,oklahoma,arkansas,louisiana,new orleans,mississippi,alabama,memphis,nashville,tennessee,kansas,nebraska,omaha,north dakota,south dakota,central time
America/Denver | denver,colorado,utah,salt lake city,new mexico,albuquerque,wyoming,montana,mountain time
America/Boise | boise,idaho
America/Phoenix | phoenix,arizona,tucson
America/Los_Angeles | los angeles,san francisco,california,seattle,las vegas,san diego,san jose,sacramento,oakland,silicon valley,hollywood,portland,washington state,nevada,oregon,west coast,pacific time,l a,la,sf
America/Anchorage | alaska,anchorage
Pacific/Honolulu | hawaii,honolulu
America/Puerto_Rico | puerto rico,san juan
America/Toronto | toronto,ottawa,montreal,ontario,quebec
America/Vancouver | vancouver,british columbia
America/Edmonton | edmonton,calgary,alberta
America/Winnipeg | winnipeg,manitoba
America/Regina | saskatchewan,regina
America/Halifax | halifax,nova scotia
America/St_Johns | newfoundland
America/Mexico_City | mexico city,guadalajara,monterrey
America/Cancun | cancun
America/Tijuana | tijuana
America/Guatemala | guatemala
America/El_Salvador | el salvador
America/Tegucigalpa | honduras
America/Managua | nicaragua
America/Costa_Rica | costa rica
America/Panama | panama,cayman islands
America/Havana | cuba,havana
America/Jamaica | jamaica,kingston
America/Port-au-Prince | haiti
America/Santo_Domingo | dominican republic,santo domingo
America/Nassau | bahamas
America/Barbados | barbados
America/Port_of_Spain | trinidad
America/Bogota | bogota,colombia,medellin
America/Caracas | caracas,venezuela
America/Lima | lima,peru,cusco
America/Guayaquil | ecuador,quito
America/La_Paz | bolivia,la paz
America/Asuncion | paraguay
America/Montevideo | uruguay,montevideo
America/Argentina/Buenos_Aires | buenos aires,argentina
America/Santiago | santiago,chile
America/Sao_Paulo | sao paulo,rio de janeiro,rio,brasilia
America/Manaus | manaus
Africa/Juba | south sudan
Africa/Monrovia | liberia
Africa/Ndjamena | chad
Atlantic/Bermuda | bermuda
Atlantic/Cape_Verde | cape verde
Atlantic/Faroe | faroe islands
Asia/Brunei | brunei
Asia/Dili | east timor
Asia/Gaza | palestine,gaza
Europe/Gibraltar | gibraltar
Indian/Mahe | seychelles
America/Belize | belize
America/Curacao | curacao,aruba
America/Guyana | guyana
America/Paramaribo | suriname
America/Nuuk | greenland
Australia/Sydney | sydney,melbourne,canberra,victoria,new south wales,tasmania,hobart
Australia/Brisbane | brisbane,queensland,gold coast
Australia/Adelaide | adelaide
Australia/Darwin | darwin
Australia/Perth | perth,western australia
Pacific/Auckland | auckland,new zealand,wellington,christchurch,queenstown
Pacific/Fiji | fiji
Pacific/Tahiti | tahiti
Pacific/Guadalcanal | solomon islands
Pacific/Efate | vanuatu
Pacific/Noumea | new caledonia
Pacific/Guam | guam
Pacific/Apia | samoa
Pacific/Tongatapu | tonga
Pacific/Port_Moresby | papua new guinea
Antarctica/South_Pole | south pole
UTC | utc,gmt,u t c,g m t,coordinated universal time,greenwich mean time,zulu time
"""  # noqa: E501
# With several time zones | the cities to choose from.
_AMBIGUOUS = """
the united states | new york,chicago,denver or los angeles | united states,usa,the usa,us,the us,u s,u s a,america,united states of america
canada | toronto,edmonton or vancouver |
mexico | mexico city,cancun or tijuana |
brazil | sao paulo or manaus |
russia | moscow,novosibirsk or vladivostok |
australia | sydney,adelaide or perth |
indonesia | jakarta or bali |
the congo | kinshasa or lubumbashi | congo
georgia | tbilisi or atlanta |
europe | london,berlin or athens |
"""  # noqa: E501
_UPPER = {
    "uk": "UK", "usa": "USA", "us": "US", "nyc": "NYC", "uae": "UAE", "utc": "UTC", "gmt": "GMT",
    "dc": "DC", "la": "LA", "sf": "SF", "of": "of", "and": "and", "the": "the", "es": "es",
    "de": "de", "time": "time", "coast": "coast", "state": "state",
}  # fmt: skip
_WITH_THE = (
    *("uk", "united kingdom", "netherlands", "philippines", "maldives", "bahamas", "azores"),
    *(
        "united arab emirates",
        "uae",
        "hague",
        "czech republic",
        "dominican republic",
        "canary islands",
    ),
    *("united states", "united states of america", "us", "usa", "congo", "emirates"),
    *("gambia", "seychelles", "solomon islands", "cayman islands", "faroe islands", "isle of man"),
    *("ivory coast", "east coast", "west coast", "south pole", "gold coast"),
)


def _cells(table: str) -> list[list[str]]:
    return [[cell.strip() for cell in line.split("|")] for line in table.strip().splitlines()]


def _names(cell: str) -> list[str]:
    return cell.split(",") if cell else []


ZONES = {name: zone for zone, names in _cells(_ZONES) for name in names.split(",")}
"""IANA names by the names of places."""
SPOKEN = ("london", "paris", "berlin", "tokyo", "new york")
"""For recognisers with a grammar: each new word costs accuracy of the others."""
CHOICES = {
    name: cities for one, cities, more in _cells(_AMBIGUOUS) for name in (one, *_names(more))
}
"""Places with several time zones, and cities to choose from."""


def title(place: str) -> str:
    """`the United Kingdom`, `Rio de Janeiro`."""
    place = place.removeprefix("the ")
    words = " ".join(_UPPER.get(word, word.title()) for word in place.split())
    return f"the {words}" if place in _WITH_THE else words


def cities(place: str) -> list[str]:
    """Of a place in `CHOICES`, one in each of its time zones."""
    return CHOICES[place].replace(" or ", ",").split(",")
